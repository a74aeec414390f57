export { plainLines } from './plainLines';
export {
  provision,
  type ProvisionedServer,
  type ProvisionOptions,
  type ProvisionProgress,
  type ServerOrigin,
} from './provision';
export { ProvisionError } from './provisionError';
export { type ServerName } from './serverRecipe';
