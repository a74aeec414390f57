import { type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { tracesSwitch } from '../../core/traces/span';
import { RunSpans } from './runSpans';

/** Part of every bundle. Without traces, workflow code runs as if it were not there. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  if ((globalThis as Readonly<Record<string, unknown>>)[tracesSwitch] !== true) return {};
  const spans = new RunSpans();
  return { inbound: [spans.inbound], outbound: [spans.outbound] };
};
