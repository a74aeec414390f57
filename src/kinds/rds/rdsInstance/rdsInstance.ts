import { type Kind } from '../../kind';
import { RdsOperations } from '../rdsOperations';
import { rdsInstanceKind } from './rdsInstanceKind';
import { rdsInstanceApi } from './rdsInstanceApi';
import { rdsInstanceRestore } from './rdsInstanceRestore';

export const rdsInstance: Kind = {
  description: rdsInstanceKind.description,
  connect: (clouds) => new RdsOperations(rdsInstanceApi, clouds, rdsInstanceRestore),
};
