export { clientSpans } from './clientSpans';
export { OpenSpan } from './openSpan';
export { openTraces, type Traces } from './traces';
