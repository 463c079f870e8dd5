// Amounts as the API writes them: decimal texts with up to six digits behind the point. They are counted in micros, as
// whole numbers of any size; no amount is ever a floating point number.

const FORM = /^(-?)([0-9]{1,13})(?:\.([0-9]{1,6}))?$/;

/** The micros of a decimal text, or `undefined` where it is none. */
export function micros(text: string): bigint | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = ""] = found;
  const value = BigInt(whole + fraction.padEnd(6, "0"));
  return sign === "-" ? -value : value;
}

/** Micros as the API writes them, with at least two digits behind the point. */
export function decimal(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(7, "0");
  const fraction = digits.slice(-6).replace(/0{1,4}$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -6)}.${fraction}`;
}

/** What is left of a limit, never less than nothing; `undefined` where the limit is no amount. */
export function left(limit: string | undefined, used: string | undefined): string | undefined {
  const [whole, part] = [micros(limit ?? ""), micros(used ?? "0")];
  if (whole === undefined || part === undefined) return undefined;
  return decimal(whole > part ? whole - part : 0n);
}
