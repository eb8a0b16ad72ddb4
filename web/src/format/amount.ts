/** Amounts as people read them: base units in decimal digits to sign units, in the reader's language, without a loss. */
import { UNIT } from '@pocket/chain';

const DECIMALS = 8;

/** Base units, as decimal digits, in sign units with a point: `150000000` is `1.5`. */
export function signUnits(baseUnits: string | bigint): string {
  const amount = BigInt(baseUnits);
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % UNIT).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${absolute / UNIT}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The same by the rules of a language: `1.234,5` in German. */
export function formatAmount(baseUnits: string | bigint, language: string): string {
  // A text is formatted by all its digits; the type of the parameter only knows numbers' texts.
  return new Intl.NumberFormat(language, { maximumFractionDigits: DECIMALS }).format(
    signUnits(baseUnits) as Intl.StringNumericLiteral,
  );
}
