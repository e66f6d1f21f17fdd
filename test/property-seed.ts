import fc from 'fast-check';

/**
 * Sets the seed of all property tests: the same in every run, so that a failure comes back. `HECATE_PROPERTY_SEED=random`
 * draws one for each file (`npm run measure` does); a number repeats a run whose failure named it.
 */
const FIXED = 20_261;
const wanted = process.env.HECATE_PROPERTY_SEED;
const seed = wanted === 'random' ? Date.now() ^ (Math.random() * 0x7fff_ffff) : Number(wanted ?? FIXED);
if (!Number.isInteger(seed)) throw new Error(`HECATE_PROPERTY_SEED is "${wanted}"; give an integer or "random"`);
fc.configureGlobal({ seed });
