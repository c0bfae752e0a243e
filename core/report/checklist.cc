// See checklist.h.
#include "report/checklist.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "report/card_words.h"

namespace cairn::report {

namespace {

using model::Value;

constexpr size_t kListedMax = 12;

std::string join_some(const std::vector<std::string>& texts, std::string_view between) {
  if (texts.size() <= kListedMax) return fmt::format("{}", fmt::join(texts, between));
  const std::vector<std::string> some(texts.begin(), texts.begin() + kListedMax);
  return fmt::format("{}{}and {} more", fmt::join(some, between), between,
                     texts.size() - kListedMax);
}

// The first of these names that has a value in the summary or the configuration.
std::string find_said(const CardRun& run, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    for (const Value* place : {&run.summary, &run.config})
      if (const Value* found = model::find_path(*place, name);
          found && !found->is_null() && !found->as_object())
        return print_leaf(*found);
  return "";
}

std::string text_at(const Value& tree, std::string_view path) {
  const Value* found = model::find_path(tree, path);
  return found ? std::string(found->string_or("")) : "";
}

class Filler {
 public:
  explicit Filler(const ChecklistFacts& facts) : x_facts(facts) {
    if (!facts.accounts.final_runs.empty())
      x_final = &facts.runs[facts.accounts.final_runs.front()];
    else if (!facts.runs.empty())
      x_final = &facts.runs.back();
  }

  std::vector<ChecklistItem> fill() {
    if (!x_final) return {};
    fill_search();
    fill_results();
    fill_cost();
    fill_code();
    return std::move(x_items);
  }

 private:
  void add(const char* id, const char* question, std::string answer, const char* advice,
           bool is_partial = false) {
    const bool is_missing = answer.empty();
    x_items.push_back({id, question, std::move(answer), is_partial && !is_missing,
                       is_missing || is_partial ? advice : ""});
  }

  void fill_search() {
    std::vector<std::string> bounds, best, methods;
    for (const surrogate::Column& column : x_facts.columns) {
      bounds.push_back(fmt::format("{}: {}", column.name, print_bounds(column)));
      if (const Value* value = model::find_path(x_final->config, column.name))
        best.push_back(fmt::format("{} = {}", column.name, print_leaf(*value)));
    }
    for (const SearchFacts& search : x_facts.searches)
      methods.push_back(fmt::format(
          "{} (sweep {}, seed {}{})", search.method, search.name.empty() ? search.id : search.name,
          search.seed, search.stopping.empty() ? "" : ", early stopping: " + search.stopping));
    add("hyperparameter_bounds", "The bounds of each hyperparameter", join_some(bounds, "; "),
        "log the configuration of each run: cairn.init(config=...)");
    add("best_configuration", "The hyperparameters of the best model",
        x_facts.accounts.final_by.empty() ? "" : join_some(best, ", "),
        "log the metric that the best is chosen by");
    add("trials", "The number of search trials",
        fmt::format("{}: {} finished, {} failed or crashed",
                    print_count(x_facts.accounts.total.runs, "run"), x_facts.accounts.finished,
                    x_facts.accounts.failed + x_facts.accounts.crashed),
        "");
    const bool all_by_sweeps =
        std::ranges::none_of(x_facts.runs, [](const CardRun& run) { return run.sweep.empty(); });
    add("search_method", "The method of choosing hyperparameters", join_some(methods, "; "),
        all_by_sweeps ? "" : "search with cairn sweep: by hand is not recorded", !all_by_sweeps);
    add("selection_criterion", "The criterion used to select the final model",
        x_facts.accounts.final_by, "define_metric(NAME, goal=...), or tag the run 'final'");
  }

  void fill_results() {
    const ResultSummary& results = x_facts.accounts.results;
    add("summary_statistics", "The mean and the variation of results",
        results.runs < 2
            ? ""
            : fmt::format("mean {} (SD {}), median {}, {} to {}, of {}", print_number(results.mean),
                          print_number(results.sd), print_number(results.median),
                          print_number(results.low), print_number(results.high),
                          print_count(results.runs, "run")),
        "log the metric in at least two runs");
    const Quality& quality = x_facts.sensitivity.quality;
    add("seeds", "Repeated runs with other seeds, and how they differ",
        !x_facts.sensitivity.is_noise_measured
            ? ""
            : fmt::format("{} runs of {} configurations; one unit of noise is {}", quality.runs,
                          quality.configurations, print_number(x_facts.sensitivity.noise)),
        "run the same configuration with several seeds");
    std::string expected;
    if (!x_facts.expected.curve.empty()) {
      const TuningPoint& last = x_facts.expected.curve.back();
      expected = fmt::format("median of the best of {}: {}", print_count(last.runs, "run"),
                             print_number(last.median));
      if (last.median_low && last.median_high)
        expected += fmt::format(" ({} to {})", print_number(*last.median_low),
                                print_number(*last.median_high));
    }
    add("expected_performance", "The expected validation performance", std::move(expected),
        "at least ten runs at random: cairn sweep with method: random");
    add("test_result", "The result on the test set of the best model",
        find_said(*x_final, {"test_" + x_facts.metric, "test/" + x_facts.metric, "test_acc",
                             "test_accuracy", "test/acc", "test_loss", "test/loss"}),
        "set run.summary['test_...'] in the final run");
    add("sensitivity", "The sensitivity to hyperparameters",
        x_facts.sensitivity.is_known() && !x_facts.sensitivity.parameters.empty()
            ? fmt::format("most of the variance is due to {} ({}); see the table",
                          x_facts.sensitivity.parameters.front().column.name,
                          print_share(x_facts.sensitivity.parameters.front().total.share))
            : "",
        "cairn sensitivity says how many more runs would do");
  }

  void fill_cost() {
    const Accounts& accounts = x_facts.accounts;
    const Cost& total = accounts.total;
    add("runtime", "The average runtime of each run",
        accounts.times.runs == 0
            ? ""
            : fmt::format("mean {}, median {}, {} to {}", print_seconds(accounts.times.mean_s),
                          print_seconds(accounts.times.median_s),
                          print_seconds(accounts.times.shortest_s),
                          print_seconds(accounts.times.longest_s)),
        "finish a run");
    std::vector<std::string> machines;
    bool is_known = true;
    for (const NamedCost& hardware : accounts.by_hardware) {
      is_known = is_known && !hardware.name.empty();
      if (!hardware.name.empty())
        machines.push_back(
            fmt::format("{} ({})", hardware.name, print_count(hardware.cost.runs, "run")));
    }
    add("infrastructure", "The computing infrastructure", join_some(machines, "; "),
        "CAIRN_CAPTURE was off in some runs", !is_known);
    add("energy", "Energy and carbon",
        !total.energy_kwh
            ? ""
            : print_with_range(*total.energy_kwh, "kWh") +
                  (total.carbon_kg ? ", " + print_with_range(*total.carbon_kg, "kg CO2e")
                                   : ", carbon not known: set CAIRN_ZONE"),
        "record energy, and set CAIRN_ZONE", total.energy_unknown > 0 || total.carbon_unknown > 0);
    add("compute", "The total amount of compute",
        !total.flop ? ""
                    : print_with_range(*total.flop, "FLOP") +
                          (total.flop_modelled > 0 ? ", modelled" : ", declared"),
        "set run.summary['total_flos'] where operations are known", total.flop_unknown > 0);
    add("parameters", "The number of parameters of the model",
        find_said(*x_final,
                  {"num_parameters", "n_parameters", "num_params", "n_params", "parameters",
                   "total_params", "model_parameters", "model/num_parameters", "params"}),
        "set run.summary['num_parameters']");
  }

  void fill_code() {
    std::set<std::string> commits;
    size_t dirty = 0, without = 0;
    for (const CardRun& run : x_facts.runs) {
      const std::string commit = text_at(run.meta, "git.commit");
      if (commit.empty())
        ++without;
      else
        commits.insert(commit.substr(0, 12));
      const Value* is_dirty = model::find_path(run.meta, "git.dirty");
      if (is_dirty && is_dirty->int_or(0) != 0) ++dirty;
    }
    std::string code = commits.empty() ? "" : "commit " + text_at(x_final->meta, "git.commit");
    if (commits.size() > 1) code += fmt::format("; {} commits in all", commits.size());
    if (dirty > 0)
      code +=
          fmt::format("; {} with changes that are kept with the run", print_count(dirty, "run"));
    add("code", "The code: commit and changes", std::move(code),
        "run in a git checkout with CAIRN_CAPTURE on", without > 0);
    std::vector<std::string> argv;
    if (const Value* words = model::find_path(x_final->meta, "argv"); words && words->as_list())
      for (const Value& word : *words->as_list()) argv.push_back(print_leaf(word));
    add("command", "The command that trains the final model",
        fmt::format("{}", fmt::join(argv, " ")), "CAIRN_CAPTURE was off");
    const Value* packages = model::find_path(x_final->meta, "packages");
    const std::string python = text_at(x_final->meta, "python.version");
    std::string dependencies = python.empty() ? "" : "Python " + python;
    if (packages && packages->as_object() && !packages->as_object()->empty())
      dependencies += fmt::format("{}versions of {} packages are kept with the run",
                                  dependencies.empty() ? "" : ", ", packages->as_object()->size());
    add("dependencies", "The dependencies and their versions", std::move(dependencies),
        "CAIRN_CAPTURE was off");
    fill_data();
  }

  void fill_data() {
    const std::string name = find_said(
        *x_final, {"dataset", "dataset_name", "data.name", "dataset.name", "data", "train_data"});
    std::string hash = find_said(*x_final, {"data_hash", "dataset_hash", "data_sha256",
                                            "dataset_sha256", "data.sha256", "dataset.sha256"});
    // All that the program read, data included, is in the key of the run.
    const std::string key = text_at(x_final->meta, "recall.P");
    if (hash.empty() && !key.empty()) hash = "part of the run's key " + key.substr(0, 16);
    std::string answer = name;
    if (!hash.empty()) answer += fmt::format("{}hash: {}", name.empty() ? "" : "; ", hash);
    add("data", "The data: its name and hash", std::move(answer),
        "log config={'dataset': ...}; cairn run records the hash of what is read", hash.empty());
    add("data_split", "The split into training, validation and test data",
        find_said(*x_final, {"split", "splits", "val_split", "validation_split", "val_fraction",
                             "data.split", "dataset.split", "test_size"}),
        "log config={'split': ...}");
  }

  const ChecklistFacts& x_facts;
  const CardRun* x_final = nullptr;
  std::vector<ChecklistItem> x_items;
};

}  // namespace

std::vector<ChecklistItem> fill_checklist(const ChecklistFacts& facts) {
  return Filler(facts).fill();
}

Value to_value(std::span<const ChecklistItem> checklist) {
  model::List list;
  for (const ChecklistItem& item : checklist)
    list.push_back(model::Object{{"id", item.id},
                                 {"question", item.question},
                                 {"answer", item.answer.empty() ? Value() : Value(item.answer)},
                                 {"state", item.answer.empty() ? "not recorded"
                                           : item.is_partial   ? "in part"
                                                               : "recorded"},
                                 {"advice", item.advice.empty() ? Value() : Value(item.advice)}});
  return list;
}

std::string print_bounds(const surrogate::Column& column) {
  if (column.kind == surrogate::ColumnKind::kNumeric)
    return fmt::format("{} to {}{}", print_number(column.low), print_number(column.high),
                       column.scale == surrogate::Scale::kLog ? ", log" : "");
  std::vector<std::string> levels;
  for (const Value& level : column.levels) levels.push_back(print_leaf(level));
  return join_some(levels, ", ");
}

}  // namespace cairn::report
