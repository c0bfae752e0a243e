// Sweeps: all sweeps of one store: who runs which trial, what came of it, and when a sweep ends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "model/value.h"
#include "trials/adviser.h"
#include "trials/book.h"
#include "trials/ledger.h"
#include "trials/limits.h"

namespace cairn::trials {

// A result of an earlier run, for a sweep to learn from.
struct Prior {
  sweep::Config params;
  std::vector<double> values, limits;  // as of a Trial
  std::string run;                     // "project/id"
  Cost cost;
  int64_t created_ns = 0;
};

struct NewSweep {
  std::string project, name;  // an empty name: that of the definition, or one is made up
  model::Value definition;    // as sweep::read_definition takes it
  model::Value program;       // what is swept, if that is known: {"entry", "code"}
  bool is_define_by_run = false;
  bool load_if_exists = false;  // the newest one of this name, if there is one
};

struct SweepChange {
  std::optional<SweepState> state;
  model::Value definition;  // what of it is to be otherwise, see merge_definition(); null: nothing
};

struct NewTrial {
  sweep::Config params;
  model::Value told;  // as of tell(); null: it is to be run
  model::Value distributions;
  std::vector<std::pair<double, model::Value>> reports;  // step and values
};

struct Asking {
  size_t count = 1;
  std::string worker;
  int64_t lease_ns = kLeaseNs;
};

// Trials to run. None and no time: the sweep has ended; none and a time: ask again after it.
struct Asked {
  const Ledger* ledger;  // valid until the next call
  std::vector<int64_t> trials;
  std::optional<double> wait_s;
};

struct Beat {
  std::string worker, run;
  int64_t lease_ns = kLeaseNs;
  std::optional<model::Value> checkpoint;
};

// What a running trial is to do.
struct Order {
  TrialState state;
  bool stop = false, pause = false;
  std::string why;
};

// One thread at a time; any number of processes. Every change is one transaction of the Book, and
// what a call answered was committed before. Keeps ledgers and searches of the sweeps it was asked
// about, which hold nothing that the Book does not. Owned by the server's SweepDesk.
class Sweeps {
 public:
  struct World {  // what tests replace
    std::function<int64_t()> now_ns;
    // Whether the process of this machine that a worker's name begins with is gone.
    std::function<bool(std::string_view worker)> is_gone;
  };
  Sweeps(Disk& disk, std::string path, World world);
  Sweeps(Sweeps&&) noexcept;
  ~Sweeps();

  using FindPriors = std::function<Result<std::vector<Prior>>(const sweep::Definition& definition,
                                                              const NewSweep& wanted)>;
  struct Created {
    const Ledger* ledger;
    bool is_new;
  };
  Result<Created> create(const NewSweep& wanted, const FindPriors& find_priors);
  Result<Book::Page> list(const Book::Wanted& wanted);
  Result<const Ledger*> get(std::string_view id);
  Result<const Ledger*> change(std::string_view id, const SweepChange& change);
  Result<void> remove(std::string_view id);

  Result<Asked> ask(std::string_view id, const Asking& asking);
  Result<std::vector<int64_t>> add(std::string_view id, std::span<const NewTrial> trials);
  Result<Order> heartbeat(std::string_view id, int64_t number, const Beat& beat);
  // `values`: a list by objective, or an object by metric. A second report of a step is ignored.
  Result<Order> report(std::string_view id, int64_t number, double step,
                       const model::Value& values);
  // `told`: as the body of the API's request, docs/api.md. The first result counts.
  Result<const Ledger*> tell(std::string_view id, int64_t number, const model::Value& told);

  Result<std::map<int64_t, Claim>> claims(std::string_view id);
  Result<std::optional<sweep::Search::Best>> best(std::string_view id);
  Result<sweep::Search::Belief> belief(std::string_view id, const std::string& x,
                                       const std::string& y, size_t places);
  Result<sweep::Search*> search(std::string_view id);
  Result<std::vector<Event>> transcript(std::string_view id, uint64_t after, size_t limit);

 private:
  struct Open;

  Result<Book*> book(bool create);
  Result<Open*> open(std::string_view id);
  template <typename T>
  Result<T> write(std::string_view id, const std::function<Result<T>(Open&)>& work);
  Result<void> put(Open& sweep, EventKind kind, std::optional<int64_t> trial, model::Value body);

  Result<void> plant(Open& sweep, const NewSweep& wanted, const sweep::ReadDefinition& read,
                     const std::vector<Prior>& priors);
  Result<void> set_state(Open& sweep, SweepState state, std::string reason);
  Result<void> change_definition(Open& sweep, const model::Value& document);
  Result<void> reclaim(Open& sweep);
  Result<std::optional<int64_t>> next_trial(Open& sweep, const Asking& asking);
  Result<std::optional<int64_t>> promote(Open& sweep, const Asking& asking);
  Result<std::optional<int64_t>> propose(Open& sweep, const Asking& asking);
  Result<void> claim(Open& sweep, int64_t trial, const Asking& asking);
  Result<void> add_one(Open& sweep, const NewTrial& trial, std::vector<int64_t>& numbers);
  Result<Order> take_report(Open& sweep, int64_t number, double step, const model::Value& values);
  Result<Order> judge(Open& sweep, int64_t number, double step);
  Result<void> take_tell(Open& sweep, int64_t number, const model::Value& told);
  Result<void> leave(Open& sweep, int64_t number);
  Result<void> check_unit(Open& sweep, const Trial& trial);
  Result<void> grow_space(Open& sweep, const model::Value& distributions);
  Result<void> conclude(Open& sweep);

  Disk& x_disk;
  std::string x_path;
  World x_world;
  std::optional<Book> x_book;
  std::map<std::string, std::unique_ptr<Open>, std::less<>> x_open;
};

// The document with what `change` says otherwise: members of an object are merged one by one and
// null takes one away, but a parameter, a rule or a list is replaced as a whole.
model::Value merge_definition(model::Value document, const model::Value& change);
// With the parameters that an objective asked for as it ran: new ones are added, choices appended,
// other ranges replaced. Nothing where all of them are known as they are.
std::optional<model::Value> merge_distributions(const model::Value& document,
                                                const model::Value& distributions);

}  // namespace cairn::trials
