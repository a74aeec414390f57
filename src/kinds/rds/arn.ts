/** Region and account of an ARN of RDS: `arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:name`. */
export function placeOfArn(arn: string): { region: string; account: string } {
  const [, , , region = '', account = ''] = arn.split(':');
  return { region, account };
}
