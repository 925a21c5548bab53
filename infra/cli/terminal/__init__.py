"""What every command shares on the terminal: options, times, tables, output, Ctrl-C."""
