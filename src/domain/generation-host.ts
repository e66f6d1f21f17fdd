/** Host that serves the generation; `.internal` is reserved for private use, so no real domain has it. */
export const GENERATION_HOST = 'generation.hecate.internal';
