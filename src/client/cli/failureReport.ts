import { ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { FleetFileError, type FleetIssue, VariableError } from '../../config';
import { failureTypes, messageOf } from '../../core/failure';
import { RouteError } from '../../core/kind';
import { PayloadError, type PayloadTrouble } from '../../payloads';
import { lacksSearchAttribute } from '../fleet/searchAttributeRegistration';
import { InvalidRequestError } from '../invalidRequestError';
import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { UnreachableError } from '../unreachableError';
import { CommandFailure } from './commandFailure';
import { type ExitCode, exitCodes } from './exitCodes';

/** An error as a person, or a script, gets to see it. */
export interface FailureReport {
  readonly exitCode: ExitCode;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** The faults of a file, one by one. */
  readonly issues?: readonly FleetIssue[];
}

/** gRPC's codes that a person can do something about. */
const grpc = { invalidArgument: 3, notFound: 5, permissionDenied: 7, unauthenticated: 16 } as const;

const payloadExitCodes: Readonly<Record<PayloadTrouble, ExitCode>> = {
  sealed: exitCodes.usage,
  foreign: exitCodes.usage,
  damaged: exitCodes.failed,
  refused: exitCodes.failed,
  unreachable: exitCodes.unreachable,
};

/** Says in the words of the person who ran the command what an error means, and chooses the exit code. */
export function failureReport(error: unknown): FailureReport {
  if (error instanceof CommandFailure) return error;
  if (error instanceof FleetFileError)
    return { exitCode: exitCodes.usage, message: error.message, issues: error.issues };
  if (error instanceof VariableError) return { exitCode: exitCodes.usage, message: error.message, hint: error.hint };
  if (error instanceof InvalidRequestError)
    return { exitCode: exitCodes.usage, message: error.message, hint: error.hint };
  if (error instanceof RouteError) return { exitCode: exitCodes.usage, message: error.message };
  if (error instanceof UnreachableError)
    return { exitCode: exitCodes.unreachable, message: withCause(error), hint: error.hint };
  if (error instanceof PayloadError) return { exitCode: payloadExitCodes[error.trouble], message: error.message };
  if (error instanceof WorkflowUpdateFailedError)
    return { exitCode: exitCodes.failed, message: error.cause?.message ?? error.message };
  if (error instanceof ApplicationFailure) return applicationReport(error);
  if (error instanceof NamespaceNotFoundError)
    return {
      exitCode: exitCodes.unreachable,
      message: `Temporal has no namespace ${error.namespace}`,
      hint: 'is TEMPORAL_NAMESPACE right?',
    };
  if (error instanceof ServiceError) return temporalReport(error, error.cause);
  if (isGrpcError(error)) return temporalReport(error, error);
  if (isUnreachable(error)) return { exitCode: exitCodes.unreachable, message: messageOf(error) };
  return {
    exitCode: exitCodes.unexpected,
    message: `unexpected: ${messageOf(error)}`,
    hint: '--verbose shows where it comes from; if it is a fault of Farcopy, please report it',
  };
}

function applicationReport(error: ApplicationFailure): FailureReport {
  switch (error.type) {
    case failureTypes.transient:
      return { exitCode: exitCodes.unreachable, message: error.message };
    case failureTypes.invalidInput:
      return { exitCode: exitCodes.usage, message: error.message };
    default:
      return { exitCode: exitCodes.failed, message: error.message };
  }
}

/** What a call to Temporal throws that goes past the client, straight to the service. */
function isGrpcError(error: unknown): error is Error {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'number' && 'details' in error;
}

/** @param answer gRPC's own error */
function temporalReport(error: Error, answer: unknown): FailureReport {
  const cause = answer as { code?: unknown; details?: unknown } | undefined;
  const said = typeof cause?.details === 'string' && cause.details !== '' ? cause.details : withCause(error);
  switch (cause?.code) {
    case grpc.notFound:
      return { exitCode: exitCodes.unreachable, message: `Temporal: ${said}`, hint: 'is TEMPORAL_NAMESPACE right?' };
    case grpc.permissionDenied:
    case grpc.unauthenticated:
      return {
        exitCode: exitCodes.unreachable,
        message: `Temporal refuses: ${said}`,
        hint: 'is TEMPORAL_API_KEY, or the TLS certificate, right?',
      };
    case grpc.invalidArgument:
      if (lacksSearchAttribute(answer))
        return {
          exitCode: exitCodes.usage,
          message: `Temporal does not know Farcopy's search attributes yet: ${said}`,
          hint: 'run `farcopy apply`',
        };
      return { exitCode: exitCodes.unexpected, message: `Temporal: ${said}` };
    default:
      return {
        exitCode: isUnreachable(error) ? exitCodes.unreachable : exitCodes.unexpected,
        message: `Temporal: ${said}`,
      };
  }
}

function withCause(error: Error): string {
  const inner = error.cause === undefined ? '' : messageOf(error.cause);
  return inner === '' || error.message.includes(inner) ? error.message : `${error.message}: ${inner}`;
}
