// Every setting of the server in one table. They go on the command line, which wins over the files in the data directory, so
// an older cluster follows a newer Turnlog. No secret may ever stand here: a command line is public on its machine.

/** Postgres speaks English and UTC, and inherits nothing else: no PG* variable, no key of the user. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/plugin: Windows starts no program without these two; they configure nothing of ours.
  const { SystemRoot, TEMP } = process.env;
  return { LC_ALL: 'C', TZ: 'UTC', ...(SystemRoot && { SystemRoot }), ...(TEMP && { TEMP }) };
}

export function serverSettings(port: number): string[] {
  const settings: Record<string, string | number> = {
    cluster_name: 'turnlog',
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    password_encryption: 'scram-sha-256',

    // A committed event survives a power cut.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',

    // A laptop: one machine, nobody replicates from it.
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_logical_replication_workers: 0,
    // Our queries are short; compiling one costs more than executing it.
    jit: 'off',

    timezone: 'UTC',
    log_timezone: 'UTC',

    // Postgres ranks LOG above ERROR here: a version conflict is everyday business, and its text holds user data.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_destination: 'stderr',
    logging_collector: 'off',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
