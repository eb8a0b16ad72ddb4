/** All words of this language, put together from the features' own files. */
type Words = Record<string, Record<string, unknown>>;

const files = import.meta.glob<Words>('../../**/messages.de.json', { eager: true, import: 'default' });
const words = Object.assign({}, ...Object.values(files)) as Words;

export default words;
