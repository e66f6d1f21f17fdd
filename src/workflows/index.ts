// The workflows of Hecate, deterministic code only. May import @temporalio/workflow and, from the domain, types and `inverse`.
export { operation } from './operation.js';
export { preview } from './preview.js';
