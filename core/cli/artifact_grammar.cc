// Grammar of `cairn artifact`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

void add_artifact(CLI::App& sub, std::string& artifact, std::string& project) {
  sub.add_option("ARTIFACT", artifact, "[PROJECT/]NAME, NAME:VERSION or NAME:ALIAS")
      ->required()
      ->type_name("");
  Grammar::add_project(sub, project);
}

}  // namespace

void Grammar::add_artifacts() {
  CLI::App& artifact =
      add_family(kRecord, "artifact", "Keep, list and fetch named and versioned files",
                 "Examples:\n  cairn artifact put net model.pt --alias best\n"
                 "  cairn artifact ls net\n  cairn artifact get net:best -o model");
  add<ListArtifacts>(
      artifact, "ls", "List artifacts, the versions of one, or the files of one",
      "Examples:\n  cairn artifact ls\n  cairn artifact ls net\n"
      "  cairn artifact ls digits/net:v3",
      [](CLI::App& sub, ListArtifacts& c) {
        add_artifact(sub, c.artifact, c.project);
        sub.get_option("ARTIFACT")->required(false);
        sub.add_option("-t,--type", c.type, "Only artifacts of this type")->type_name("TYPE");
        add_json(sub, c.as_json);
      });
  add<GetArtifact>(artifact, "get", "Fetch the files of an artifact and verify them",
                   "A download that was cut off goes on where it was.\n\n"
                   "Examples:\n  cairn artifact get net\n  cairn artifact get net:v3 -o model",
                   [](CLI::App& sub, GetArtifact& c) {
                     add_artifact(sub, c.artifact, c.project);
                     sub.add_option("-o,--output", c.output,
                                    "The folder (default: artifacts/NAME-VERSION)")
                         ->type_name("FOLDER");
                     add_json(sub, c.as_json);
                   });
  add<PutArtifact>(
      artifact, "put", "Keep files, folders and references under a name",
      "PATH may be a file, a folder or a URI, which is noted and not copied. The same content\n"
      "is the same version.\n\n"
      "Examples:\n  cairn artifact put net model.pt --type model --alias best\n"
      "  cairn artifact put faces data/ --metadata '{\"rows\": 1000}'\n"
      "  cairn artifact put net model.pt --run quiet-ridge-417",
      [](CLI::App& sub, PutArtifact& c) {
        sub.add_option("NAME", c.name, "The artifact's name")->required()->type_name("");
        sub.add_option("PATH", c.paths, "Files, folders, URIs")->required()->type_name("");
        add_project(sub, c.project);
        CLI::Option* run = sub.add_option("-r,--run", c.run, "Add it to this run");
        run->type_name("RUN")->excludes("--project");
        sub.add_option("-t,--type", c.type, "What it is: model, dataset, ... (file)")
            ->type_name("TYPE");
        sub.add_option("-a,--alias", c.aliases, "Another name of this version (may be repeated)")
            ->type_name("ALIAS")
            ->allow_extra_args(false)
            ->take_all();
        sub.add_option("--description", c.description, "Free text")->type_name("TEXT");
        sub.add_option("--metadata", c.metadata, "A JSON object")->type_name("JSON");
        sub.add_flag("--follow-links", c.follow_links, "Keep what links lead to, wherever it is");
        add_json(sub, c.as_json);
      });
  add<AliasArtifact>(artifact, "alias", "Give a version other names, or take them away",
                     "An alias is held by one version; giving it moves it.\n\n"
                     "Examples:\n  cairn artifact alias net:v3 best\n"
                     "  cairn artifact alias net:v3 --remove draft",
                     [](CLI::App& sub, AliasArtifact& c) {
                       add_artifact(sub, c.artifact, c.project);
                       sub.add_option("ALIAS", c.add, "Aliases to give")->type_name("");
                       sub.add_option("--remove", c.remove, "An alias to take away")
                           ->type_name("ALIAS")
                           ->allow_extra_args(false)
                           ->take_all();
                       add_json(sub, c.as_json);
                     });
}

}  // namespace cairn::cli
