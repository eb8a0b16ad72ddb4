// What a machine can check of docs/style: types are sound, promises are awaited, consoles stay in programs.
import js from '@eslint/js';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

/** Of Node's globals those that our plain JavaScript uses. */
const nodeGlobals = Object.fromEntries(
  ['process', 'console', 'URL', 'fetch', 'AbortSignal'].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', '**/assembly/**', 'node_modules/**', 'coverage/**', '.pocket/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: ['web/**/*.vue'] })),
  {
    // Types of templates and scripts are vue-tsc's; prettier breaks the lines.
    files: ['web/**/*.vue'],
    extends: [...tseslint.configs.strict],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      ...Object.fromEntries(
        [
          'html-indent',
          'html-self-closing',
          'html-closing-bracket-newline',
          'multiline-html-element-content-newline',
          'max-attributes-per-line',
          'singleline-html-element-content-newline',
        ].map((name) => [`vue/${name}`, 'off']),
      ),
      'vue/multi-word-component-names': 'off',
      'no-undef': 'off',
      'vue/require-default-prop': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['scripts/**', 'bench/**', 'examples/**', 'deploy/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: nodeGlobals },
  },
);
