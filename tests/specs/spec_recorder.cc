// Records a run as a spec tells it: spec_recorder PROJECT ID, then one act per line of stdin.
//
//   name quiet run        config lr 0.1       tag best          note any text
//   log loss=3 acc=0.1    at 40 loss=2        print a line      complain a line on stderr
//   lose rows 3           exit 1              crash
// Without exit or crash the run finishes well.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "client/run.h"

namespace {

using cairn::model::Value;

Value parse_value(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return text;
  if (text.find_first_not_of("-0123456789") == std::string::npos)
    return static_cast<int64_t>(number);
  return number;
}

// "loss=3 acc=0.1"
std::vector<std::pair<std::string, double>> read_row(std::istringstream& words) {
  std::vector<std::pair<std::string, double>> row;
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    row.emplace_back(word.substr(0, equals), std::strtod(word.c_str() + equals + 1, nullptr));
  }
  return row;
}

void log_row(cairn::client::Run& run, std::istringstream& words, std::optional<int64_t> step) {
  const auto owned = read_row(words);
  const std::vector<std::pair<std::string_view, double>> row(owned.begin(), owned.end());
  run.log(row, step);
}

// False for an act that nobody knows.
bool act(cairn::client::Run& run, const std::string& line) {
  std::istringstream words(line);
  std::string verb, rest;
  words >> verb >> std::ws;
  if (verb == "log") {
    log_row(run, words, {});
  } else if (verb == "at") {
    int64_t step = 0;
    words >> step;
    log_row(run, words, step);
  } else if (verb == "config") {
    std::string name;
    words >> name >> std::ws;
    std::getline(words, rest);
    run.update_config(cairn::model::Object{{name, parse_value(rest)}});
  } else if (verb == "print" || verb == "complain") {
    std::getline(words, rest);
    run.console(verb == "print" ? 0 : 1, rest + "\n");
  } else if (verb == "lose") {
    std::string what;
    uint64_t count = 0;
    words >> what >> count;
    run.count_loss(what, count);
  } else if (verb == "name" || verb == "notes") {
    std::getline(words, rest);
    run.set_attributes(cairn::model::Object{{verb, rest}});
  } else if (verb == "tag") {
    std::getline(words, rest);
    run.set_attributes(cairn::model::Object{{"tags", cairn::model::List{rest}}});
  } else if (verb == "exit") {
    int code = 0;
    words >> code;
    run.finish(code);
  } else if (verb == "crash") {
    std::raise(SIGKILL);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  cairn::client::RunOptions options;
  options.project = argv[1];
  options.id = options.name = argv[2];
  options.sample_period_s = 0;
  options.argv = {"train", "--fast"};
  options.warn = [](const std::string&) {};  // a spec reads what was lost in the run
  auto run = cairn::client::Run::open(std::move(options));
  if (!run) {
    std::cerr << run.error().message() << "\n";
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    if (act(**run, line)) continue;
    std::cerr << "nobody knows how to '" << line << "'\n";
    return 2;
  }
  (*run)->finish(0);
}
