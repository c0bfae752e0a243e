// The command line: what `cairn ARGS...` does.
#pragma once

namespace cairn::cli {

// Parses, executes, prints; the process's exit code (docs/cli.md lists them).
int run(int argc, char** argv);

}  // namespace cairn::cli
