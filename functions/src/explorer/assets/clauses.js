// Clauses that are added to a query. A clause is an attribute with the value that a row has.

/** What every query begins with. */
export const PREFIX = "config from iam where ";

/** A value as the query language writes it. */
const literal = (value) => (typeof value === "boolean" ? String(value) : `'${String(value).replaceAll("'", "''")}'`);

/** What selects the rows with all of the values (`=`), or the rows that differ in one of them (`!=`). */
export function conditionOf(clauses, operator) {
  const tests = clauses.map(([attribute, value]) => `${attribute} ${operator} ${literal(value)}`);
  if (operator === "=") return tests.join(" AND ");
  return tests.length === 1 ? tests[0] : `(${tests.join(" OR ")})`;
}

/** Whether an OR stands outside of all strings and parentheses, so that an AND behind it would bind to its last operand only. */
function hasOpenOr(condition) {
  let depth = 0;
  for (const [token] of condition.matchAll(/'(?:[^']|'')*'|[()]|[\w.]+/g)) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (depth === 0 && /^or$/i.test(token)) return true;
  }
  return false;
}

/** The query with further clauses; the query stays the only truth. */
export function withClauses(query, clauses, operator) {
  const text = query.trimEnd();
  const body = text.toLowerCase().startsWith(PREFIX.trim()) ? text.slice(PREFIX.length - 1).trim() : text;
  const grouped = hasOpenOr(body) ? `(${body})` : body;
  return `${PREFIX}${grouped ? `${grouped} AND ` : ""}${conditionOf(clauses, operator)}`;
}
