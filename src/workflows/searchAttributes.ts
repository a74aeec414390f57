export * from '../core/searchAttributes';
