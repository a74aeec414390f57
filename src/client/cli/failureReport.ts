import { ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { FleetFileError, type FleetIssue, VariableError } from '../../config';
import { failureTypes, messageOf } from '../../core/failure';
import { RouteError } from '../../core/kind';
import { PayloadError, type PayloadTrouble } from '../../payloads';
import { type GrpcAnswer, grpcAnswer, grpcCodes } from '../grpcAnswer';
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
  const answer = grpcAnswer(error);
  if (error instanceof ServiceError || (error instanceof Error && answer !== null))
    return temporalReport(error, answer);
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

/** @param answer null: the connection gave none */
function temporalReport(error: Error, answer: GrpcAnswer | null): FailureReport {
  const said = answer?.details || withCause(error);
  switch (answer?.code) {
    case grpcCodes.notFound:
      return { exitCode: exitCodes.unreachable, message: `Temporal: ${said}`, hint: 'is TEMPORAL_NAMESPACE right?' };
    case grpcCodes.permissionDenied:
    case grpcCodes.unauthenticated:
      return {
        exitCode: exitCodes.unreachable,
        message: `Temporal refuses: ${said}`,
        hint: 'is TEMPORAL_API_KEY, or the TLS certificate, right?',
      };
    case grpcCodes.invalidArgument:
      if (lacksSearchAttribute(error))
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
