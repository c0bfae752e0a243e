// The only main() of the product: argv goes to the cli room, its exit code comes back.
#include "cli/cli.h"

int main(int argc, char** argv) { return cairn::cli::run(argc, argv); }
