import type { Finding } from './finding.js';
import type { CaaRecord, NameRecords } from './records.js';

/** Who is to issue a certificate, and how. */
export interface Issuance {
  /** Name of the authority in CAA records, such as `letsencrypt.org`. */
  readonly issuer: string;
  /** URL of the account at the authority; null: not known. */
  readonly account: string | null;
  /** Ways to prove the domain that may be used (RFC 8657). */
  readonly methods: readonly string[];
  readonly isWildcard: boolean;
}

/** Tags that authorities know (RFC 8659, RFC 8657, RFC 9495). */
const KNOWN_TAGS = ['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone'];

/** Returns what CAA records say against a certificate. */
export function caaFindings({ caa, caaProblem }: NameRecords, issuance: Issuance): Finding[] {
  if (caaProblem !== null) return [failed(caaProblem)];
  if (caa === null) return [];
  const critical = caa.records.find(({ isCritical, tag }) => isCritical && !KNOWN_TAGS.includes(tag.toLowerCase()));
  if (critical !== undefined) return [unknownTag(caa.at, critical)];
  const rules = rulesFor(caa.records, issuance.isWildcard);
  if (rules.length === 0) return [];
  const problems = rules.map((rule) => problemOf(rule, issuance));
  if (problems.includes(null)) return unproven(rules, issuance, caa.at);
  return [refused(caa.at, problems.flatMap((one) => one ?? []).join('; '))];
}

/** For a wildcard, `issuewild` counts; where there is none, `issue` does (RFC 8659, 4.3). */
function rulesFor(records: readonly CaaRecord[], isWildcard: boolean): Rule[] {
  const of = (tag: string) => records.filter((one) => one.tag.toLowerCase() === tag);
  const wild = of('issuewild');
  return (isWildcard && wild.length > 0 ? wild : of('issue')).map(({ value }) => ruleOf(value));
}

interface Rule {
  readonly text: string;
  /** Empty: nobody may issue. */
  readonly issuer: string;
  readonly account: string | null;
  readonly methods: readonly string[] | null;
}

function ruleOf(text: string): Rule {
  const [issuer = '', ...parameters] = text.split(';').map((part) => part.trim());
  const value = (name: string) =>
    parameters.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  const methods = value('validationmethods');
  return {
    text,
    issuer: issuer.toLowerCase(),
    account: value('accounturi'),
    methods: methods === null ? null : methods.split(',').map((one) => one.trim()),
  };
}

/** Returns why a rule does not allow the certificate; null: it does. */
function problemOf(rule: Rule, { issuer, account, methods }: Issuance): string | null {
  if (rule.issuer !== issuer) return rule.issuer === '' ? 'no authority may issue' : `${rule.issuer} may issue`;
  if (rule.account !== null && account !== null && rule.account !== account)
    return `only the account ${rule.account} may, not ${account}`;
  if (rule.methods !== null && !rule.methods.some((one) => methods.includes(one)))
    return `only by ${rule.methods.join(', ')}, not by ${methods.join(', ')}`;
  return null;
}

/** The account cannot be compared while it is not known. */
function unproven(rules: readonly Rule[], { account, issuer }: Issuance, at: string): Finding[] {
  const own = rules.filter((rule) => rule.issuer === issuer);
  if (account !== null || !own.every((rule) => rule.account !== null)) return [];
  const accounts = own.map((rule) => rule.account).join(', ');
  return [
    {
      name: 'CAAAccountUnknown',
      severity: 'warning',
      explanation:
        'CAA records allow one account of the authority only. Compare it with yours, or give it with --account.',
      detail: `${at} allows ${issuer} for the account ${accounts}`,
    },
  ];
}

function refused(at: string, why: string): Finding {
  return {
    name: 'CAAIssuanceNotAllowed',
    severity: 'error',
    explanation: 'CAA records forbid the authority to issue a certificate for this name.',
    detail: `the records of ${at} say: ${why}`,
  };
}

function unknownTag(at: string, { tag }: CaaRecord): Finding {
  return {
    name: 'CAACriticalUnknown',
    severity: 'error',
    explanation: 'A critical CAA record has a tag that no authority knows, so none may issue a certificate.',
    detail: `${at} has a critical record with the tag ${JSON.stringify(tag)}`,
  };
}

function failed(detail: string): Finding {
  return {
    name: 'CAALookupFailed',
    severity: 'error',
    explanation: 'An authority issues no certificate while it cannot look up the CAA records of a name.',
    detail,
  };
}
