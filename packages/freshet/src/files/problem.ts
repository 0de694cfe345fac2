/** Why a record of a file is not an event: a stable code for programs, a reason for people. */

/** What the readers themselves refuse. */
export const PROBLEMS = {
  invalid_utf8: 'not UTF-8 (Latin-1 or Windows-1252? convert it: iconv -f windows-1252 -t utf-8)',
  nul_byte: 'a NUL byte',
  too_long: 'longer than 1 MiB',
  unclosed_quote: 'a quote opens and never closes',
  wrong_columns: 'more or fewer columns than the first line',
  half_written: 'the last line is cut off',
  malformed_json: 'not valid JSON',
  not_an_object: 'not a JSON object',
  no_user: 'no user',
  no_item: 'no item',
  no_id: 'no id',
  no_time: 'no time',
  no_session: 'no session or events',
  bad_time: "time can't be read",
  ambiguous_date: 'day and month can’t be told apart (say --date-order dmy or mdy)',
  bad_value: "value can't be read",
  bad_quantity: "quantity can't be read",
  bad_price: "price can't be read",
  bad_amount: "amount can't be read",
  bad_progress: "progress can't be read",
  bad_position: "position can't be read",
  long_attribute: 'an attribute longer than 1,000 characters (left out)',
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
