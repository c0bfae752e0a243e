// Grammar of `cairn footprint`, `cairn estimate`, `cairn energy` and `cairn data`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

void add_place_words(CLI::App& sub, server::Pairs& params) {
  Grammar::add_param(sub, params, "-z,--zone", "zone", "ZONE",
                     "Where: FR, US-CAL-CISO, gcp:us-west1 (default: CAIRN_ZONE, cairn.toml)");
  Grammar::add_param(sub, params, "--pue", "pue", "X",
                     "What the building uses per kWh of the machines");
  Grammar::add_param(sub, params, "--kg-per-kwh", "kg_per_kwh", "X",
                     "Emissions of electricity, instead of the tables");
  Grammar::add_param(sub, params, "--price-per-kwh", "price_per_kwh", "X", "Its price");
  Grammar::add_param(sub, params, "--currency", "currency", "CODE", "Of the price: USD, EUR");
  Grammar::add_param(sub, params, "--kind", "kind", "KIND",
                     "average (default) or marginal emissions")
      ->check(CLI::IsMember({"average", "marginal"}));
}

constexpr const char* kFootprintExamples =
    "Measured where the machine can tell, modelled where not; every number has a range. Without a\n"
    "zone there is no carbon, only a range of it.\n\n"
    "Examples:\n"
    "  cairn footprint                                      all projects\n"
    "  cairn footprint digits --since 90d --by user,device  who, on what\n"
    "  cairn footprint quiet-ridge-417 --zone FR            one run, as if in France\n"
    "  cairn footprint quiet-ridge-417 --when               in other hours, in other zones\n"
    "  cairn footprint digits --break-even                  training against inference\n"
    "  cairn footprint digits --format latex                for a paper";

constexpr const char* kEstimateExamples =
    "Examples:\n"
    "  cairn estimate --gpus 8xV100 --hours 40 --zone US-CAL-CISO --year 2019\n"
    "  cairn estimate --gpus 64xH100 --hours 720 --zone FR --pue 1.1\n"
    "  cairn estimate --gpus 8xP100 --hours 84 --preset strubell-2019\n"
    "  cairn estimate --watts 330 --count 10000\n"
    "  cairn estimate --scenario essay-2019\n"
    "  cairn estimate --list";

}  // namespace

void Grammar::add_footprint() {
  add<ShowFootprint>(
      kCost, "footprint", "Energy, money and carbon of runs", kFootprintExamples,
      [](CLI::App& sub, ShowFootprint& c) {
        sub.add_option("TARGET", c.target, "A project or a run (default: all projects)")
            ->type_name("");
        add_param(sub, c.params, "--since", "since", "AGE", "Only runs of this time: 90d, 12h");
        add_param(sub, c.params, "-f,--filter", "filter", "EXPR",
                  "Only runs for which this is true");
        add_param(sub, c.params, "-b,--by", "by", "NAMES",
                  "In groups by user, project, day, run, device, group, job_type, zone");
        add_place_words(sub, c.params);
        add_param(sub, c.params, "--idle", "idle", "WHOSE",
                  "Energy at rest: none, proportional (default) or all")
            ->check(CLI::IsMember({"none", "proportional", "all"}));
        add_param(sub, c.params, "-m,--metric", "metric", "KEY",
                  "What tells the final run from the search");
        add_param(sub, c.params, "-g,--goal", "goal", "GOAL", "minimize (default) or maximize")
            ->check(CLI::IsMember({"minimize", "maximize"}));
        auto* when = sub.add_flag("--when", c.when, "The same run in other hours and zones");
        add_param(sub, c.params, "--zones", "zones", "ZONES", "With --when: these zones")
            ->needs(when);
        add_param(sub, c.params, "--reach", "reach_h", "HOURS", "With --when: so far away (24)")
            ->needs(when);
        auto* even = sub.add_flag("--break-even", c.break_even,
                                  "When inference has used as much as training and search");
        add_param(sub, c.params, "--requests-per-day", "requests_per_day", "N",
                  "With --break-even: at this rate")
            ->needs(even);
        sub.add_option("--format", c.format, "latex, markdown or codecarbon")
            ->type_name("FORMAT")
            ->check(CLI::IsMember({"latex", "markdown", "codecarbon"}));
        add_json(sub, c.as_json);
      });
  add<EstimateFootprint>(
      kCost, "estimate", "What a training would cost, before it runs", kEstimateExamples,
      [](CLI::App& sub, EstimateFootprint& c) {
        add_param(sub, c.params, "--gpus", "gpus", "DEVICES", "8xV100, or 64xH100,2xT4");
        add_param(sub, c.params, "--watts", "watts", "W", "Or a device of so many watts");
        add_param(sub, c.params, "-n,--count", "count", "N", "So many of them (1)");
        add_param(sub, c.params, "--hours", "hours", "H", "For so long (1)");
        add_param(sub, c.params, "-y,--year", "year", "YEAR", "In this year (now)");
        add_param(sub, c.params, "-u,--utilisation", "utilisation", "SHARE",
                  "Mean power over the power of the data sheet");
        sub.add_flag_callback(
            "--devices-only", [&c] { c.params.emplace_back("host", "0"); },
            "Without CPU, memory and the rest of the machine");
        add_place_words(sub, c.params);
        add_param(sub, c.params, "--provider", "provider", "NAME", "gcp, aws, azure: for its PUE");
        add_param(sub, c.params, "--preset", "preset", "NAME", "Constants as a paper has them");
        add_param(sub, c.params, "--scenario", "scenario", "NAME",
                  "Published arithmetic, line by line");
        sub.add_flag("--list", c.lists_presets, "List presets and scenarios");
        add_json(sub, c.as_json);
      });
  add_energy();
  add_data();
}

void Grammar::add_energy() {
  CLI::App& energy = add_family(kCost, "energy", "The machine's energy sensors",
                                "Examples:\n  cairn energy doctor\n"
                                "  cairn energy calibrate --wall-kwh 1.3");
  add<SurveyEnergy>(energy, "doctor", "Which sensors there are, which can be read, what to do",
                    "Examples:\n  cairn energy doctor --json",
                    [](CLI::App& sub, SurveyEnergy& c) { add_json(sub, c.as_json); });
  add<CalibrateEnergy>(
      energy, "calibrate", "Correct this machine's numbers by one reading of a wall meter",
      "Record a run that has the machine for itself, with a meter at the plug, and say what the\n"
      "meter counted meanwhile.\n\n"
      "Examples:\n  cairn energy calibrate --wall-kwh 1.3\n"
      "  cairn energy calibrate --wall-kwh 1.3 quiet-ridge-417",
      [](CLI::App& sub, CalibrateEnergy& c) {
        sub.add_option("RUN", c.run, "The run (default: the newest one of this machine)")
            ->type_name("");
        sub.add_option("--wall-kwh", c.wall_kwh, "What the meter counted")
            ->required()
            ->type_name("KWH")
            ->check(CLI::PositiveNumber);
        add_json(sub, c.as_json);
      });
}

void Grammar::add_data() {
  CLI::App& data = add_family(kCost, "data", "The tables of grids, machines and prices",
                              "Examples:\n  cairn data ls\n  cairn data update --from prices.csv");
  add<ListTables>(data, "ls", "The tables in use: source, year, release, licence",
                  "Examples:\n  cairn data ls --json",
                  [](CLI::App& sub, ListTables& c) { add_json(sub, c.as_json); });
  add<UpdateTables>(
      data, "update", "Take a table into the store, over those that Cairn has",
      "FILE has the columns of docs/formats/data.md, or hours and grams as Electricity Maps,\n"
      "WattTime and ENTSO-E export them. It is checked whole before it is taken.\n\n"
      "Examples:\n  cairn data update --from intensity_zones.csv\n"
      "  cairn data update --from FR_2025_hourly.csv --zone FR",
      [](CLI::App& sub, UpdateTables& c) {
        sub.add_option("--from", c.file, "The file")->required()->type_name("FILE");
        sub.add_option("-z,--zone", c.zone, "Of hours, where the file names none")
            ->type_name("ZONE");
        add_json(sub, c.as_json);
      });
}

}  // namespace cairn::cli
