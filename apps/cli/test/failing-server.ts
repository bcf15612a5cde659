process.stderr.write('there is no disk\n');
process.exit(7);
