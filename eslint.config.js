// What a machine can check of docs/style: types are sound, promises are awaited, consoles stay in programs.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

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
  { files: ['scripts/**', 'bench/**', 'examples/**', 'deploy/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: nodeGlobals },
  },
);
