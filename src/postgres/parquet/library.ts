/** What is taken of hyparquet: its readers of Thrift and of single pages. They believe what they read, so all of it is checked before. */
export async function loadLibrary() {
  const [
    { parquetMetadata },
    { parquetHeader, readPage },
    { deltaBinaryUnpack },
    { deserializeTCompactProtocol },
    codecs,
  ] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/column.js'),
    import('hyparquet/src/delta.js'),
    import('hyparquet/src/thrift.js'),
    import('hyparquet-compressors'),
  ]);
  return {
    parquetMetadata,
    parquetHeader,
    readPage,
    deltaBinaryUnpack,
    deserializeTCompactProtocol,
    snappy: codecs.decompressSnappy,
  };
}

export type ParquetLibrary = Awaited<ReturnType<typeof loadLibrary>>;
