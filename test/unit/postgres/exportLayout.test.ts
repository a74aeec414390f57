import { exportObject, parseTablesInfo, tableFolder } from '../../../src/postgres/exportLayout';

describe('the layout of an export', () => {
  test.each([
    ['task/shop/public.orders/1/part-00000-c5a881bb-c000.gz.parquet', 'part', 'public.orders'],
    ['task/shop/public.orders/part-00000-c5a881bb-c000.gz.parquet', 'part', 'public.orders'],
    ['task/shop/public.orders/1/_SUCCESS', 'other', undefined],
    ['task/export_tables_info_task_from_1_to_6.json', 'tables-info', undefined],
    ['task/export_info_task.json', 'other', undefined],
    ['task/shop/part-00000.gz.parquet', 'other', undefined],
  ])('%s is %s', (key, kind, folder) => {
    const object = exportObject(key);
    expect(object.kind).toBe(kind);
    expect(object.kind === 'part' ? object.folder : undefined).toBe(folder);
  });

  test('has underscores where AWS refuses the characters of a name', () => {
    expect(tableFolder({ schema: 'odd schema', name: 'a\\b`c"d e.f' })).toBe('odd_schema.a_b_c_d_e.f');
  });

  test('tells tables and their columns, and passes over a database that was skipped', () => {
    const column = { columnName: 'id', originalType: 'character varying', originalCharMaxLength: '40' };
    const text = JSON.stringify({
      perTableStatus: [
        { target: 'postgres', warningMessage: 'there is nothing to export' },
        { target: 'shop.public.a.b', status: 'COMPLETE', schemaMetadata: { originalTypeMappings: [column] } },
      ],
    });
    expect(parseTablesInfo(text)).toEqual([
      {
        database: 'shop',
        table: { schema: 'public', name: 'a.b' },
        complete: true,
        columns: [{ name: 'id', originalType: 'character varying', characters: 40 }],
      },
    ]);
    expect(() => parseTablesInfo('{}')).toThrow('perTableStatus');
  });
});
