// The commands as plain values: arguments.cc fills them from argv, execute() does them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "cli/door_client.h"
#include "cli/footprint_commands.h"
#include "cli/report_commands.h"
#include "cli/sweep_commands.h"
#include "cli/terminal.h"

namespace cairn::cli {

struct ListRuns {
  std::string project;  // empty: the only one, or the table of projects
  std::string filter, sort;
  std::vector<std::string> columns;  // empty: chosen from what differs
  size_t limit = 20;
  bool all = false, as_json = false, as_csv = false;
  bool archived = false;  // archived runs are listed, too
};
struct ShowRun {
  std::string run;
  bool as_json = false;
};
struct ListKeys {
  std::string run;
  bool as_json = false;
};
struct ShowLogs {
  std::string run;
  bool follow = false, timestamps = false, as_json = false;
  std::optional<size_t> tail;
};
struct PlotSeries {
  std::string run;
  std::vector<std::string> keys;  // globs
  std::vector<std::string> with;  // more runs in the same plot
  size_t width = 0, height = 0;   // 0: fits the terminal
  bool log_y = false, by_time = false;
};
struct CompareRuns {
  std::vector<std::string> runs;
  bool all = false, as_json = false;
};
struct ExportRun {
  std::string run, format = "csv", output;
  std::vector<std::string> keys;
  bool system = false;
};
struct EditRun {
  std::string run;
  std::optional<std::string> name, notes, group;
  std::vector<std::string> tag, untag;
  bool archive = false, unarchive = false;
  bool as_json = false;
};
struct RemoveRuns {
  std::vector<std::string> runs;
  bool force = false, yes = false;
};
struct CollectGarbage {
  bool dry_run = false, as_json = false;
  double grace_s = 24 * 3600;
};
struct Doctor {
  bool rebuild = false, as_json = false;
};
struct RecordCommand {
  std::string project, name, notes, group;
  std::vector<std::string> tags;
  double sample_period_s = 10;
  std::string reuse, accept;         // empty: as CAIRN_REUSE and cairn.toml say
  std::string inflight;              // wait, attach, run or fail; empty: as `reuse` says
  std::vector<std::string> metrics;  // results where it only prints them
  bool no_trace = false;
  std::string id;    // of its record; empty: a fresh one
  pid_t parent = 0;  // ends with this process; 0: with none
  std::vector<std::string> argv;
};
struct MeterServer {
  std::string proxy, host = "127.0.0.1", path;  // LISTEN:UPSTREAM; path: of requests that count
  std::string metrics;                          // URL of the server's own counters
  pid_t pid = 0;                                // a server that runs already; 0: found by its port
  std::string model, project, name, zone;
  bool as_json = false;
  std::vector<std::string> argv;  // empty: the server runs already
};
struct CheckCommand {
  std::string accept;
  bool explains = false;  // `cairn why`
  bool as_json = false;
  std::vector<std::string> argv;
};
struct DisownRuns {
  std::vector<std::string> runs;
};
struct VerifyRun {
  std::string run;
  double sample_period_s = 10;
  bool as_json = false;
};
struct ShowStats {
  std::string project;  // empty: all
  double since_s = 0;   // 0: ever
  bool as_json = false;
};
struct AskRecall {  // by a program, for itself
  std::string action;
};
struct DeliverOutbox {
  std::string url;  // empty: every server's
  bool as_json = false;
};
struct ServeDoor {
  int fd = -1;
  pid_t parent = 0;  // 0: whoever started us
};
struct GrantWords {  // as the API takes them
  std::vector<std::string> scopes, projects;
};
struct AddUser {
  std::string name;
  GrantWords grant;
  bool password_stdin = false;
};
struct ListUsers {
  bool as_json = false;
};
struct RemoveUser {
  std::string name;
};
struct SetPassword {
  std::string name;
  bool password_stdin = false;
};
struct CreateApiKey {
  std::string name, user;
  GrantWords grant;
  std::optional<double> expires_s;
  bool as_json = false;
};
struct ListApiKeys {
  bool as_json = false;
};
struct RevokeApiKeys {
  std::vector<std::string> ids;
};
struct ListArtifacts {
  std::string artifact, project, type;  // artifact: empty, NAME or NAME:VERSION
  bool as_json = false;
};
struct GetArtifact {
  std::string artifact, project, output;
  bool as_json = false;
};
struct PutArtifact {
  std::string name, project, run, type = "file", description, metadata;
  std::vector<std::string> paths, aliases;
  bool follow_links = false, as_json = false;
};
struct AliasArtifact {
  std::string artifact, project;
  std::vector<std::string> add, remove;
  bool as_json = false;
};
constexpr uint16_t kServePort = 8420;
struct ServeStore {
  std::string host = "127.0.0.1";
  std::optional<uint16_t> port;  // nothing: kServePort
  std::string tls_cert, tls_key;
  std::optional<std::string> access_log;  // nothing: standard error, unless it is a terminal
  bool opens_browser = false;
};
struct PrintCompletion {
  std::string shell;
};
struct Complete {                  // what a shell asks for on TAB
  std::vector<std::string> words;  // after "cairn"; the last one is unfinished
};

using Command =
    std::variant<ListRuns, ShowRun, ListKeys, ShowLogs, PlotSeries, CompareRuns, ExportRun, EditRun,
                 RemoveRuns, CollectGarbage, Doctor, RecordCommand, CheckCommand, DisownRuns,
                 VerifyRun, ShowStats, AskRecall, DeliverOutbox, ServeDoor, ServeStore, AddUser,
                 ListUsers, RemoveUser, SetPassword, CreateApiKey, ListApiKeys, RevokeApiKeys,
                 ListArtifacts, GetArtifact, PutArtifact, AliasArtifact, MakeSweep, ListSweeps,
                 ShowSweep, SetSweepState, EditSweep, ExportSweep, ReplaySweep, RemoveSweeps,
                 RunAgent, PlanSweep, ShowSensitivity, ShowReplay, CompareSearches, ShowReport,
                 ShowWaste, ShowFootprint, EstimateFootprint, SurveyEnergy, CalibrateEnergy,
                 ListTables, UpdateTables, MeterServer, PrintCompletion, Complete>;

// What a command may use besides its own values.
struct Desk {
  DoorClient& client;
  server::Door& door;
  const Terminal& terminal;
};

constexpr int kExitOk = 0, kExitDamage = 1, kExitInvalid = 2, kExitNotFound = 3, kExitConflict = 4,
              kExitBroken = 5;

// The exit code, or an error that cli.cc prints and translates.
Result<int> execute(const ListRuns& command, const Desk& desk);
Result<int> execute(const ShowRun& command, const Desk& desk);
Result<int> execute(const ListKeys& command, const Desk& desk);
Result<int> execute(const ShowLogs& command, const Desk& desk);
Result<int> execute(const PlotSeries& command, const Desk& desk);
Result<int> execute(const CompareRuns& command, const Desk& desk);
Result<int> execute(const ExportRun& command, const Desk& desk);
Result<int> execute(const EditRun& command, const Desk& desk);
Result<int> execute(const RemoveRuns& command, const Desk& desk);
Result<int> execute(const CollectGarbage& command, const Desk& desk);
Result<int> execute(const Doctor& command, const Desk& desk);
Result<int> execute(const RecordCommand& command, const Desk& desk);
Result<int> execute(const CheckCommand& command, const Desk& desk);
Result<int> execute(const DisownRuns& command, const Desk& desk);
Result<int> execute(const VerifyRun& command, const Desk& desk);
Result<int> execute(const ShowStats& command, const Desk& desk);
Result<int> execute(const AskRecall& command, const Desk& desk);
Result<int> execute(const DeliverOutbox& command, const Desk& desk);
Result<int> execute(const ServeDoor& command, const Desk& desk);
Result<int> execute(const ServeStore& command, const Desk& desk);
Result<int> execute(const AddUser& command, const Desk& desk);
Result<int> execute(const ListUsers& command, const Desk& desk);
Result<int> execute(const RemoveUser& command, const Desk& desk);
Result<int> execute(const SetPassword& command, const Desk& desk);
Result<int> execute(const CreateApiKey& command, const Desk& desk);
Result<int> execute(const ListApiKeys& command, const Desk& desk);
Result<int> execute(const RevokeApiKeys& command, const Desk& desk);
Result<int> execute(const ListArtifacts& command, const Desk& desk);
Result<int> execute(const GetArtifact& command, const Desk& desk);
Result<int> execute(const PutArtifact& command, const Desk& desk);
Result<int> execute(const AliasArtifact& command, const Desk& desk);
Result<int> execute(const MakeSweep& command, const Desk& desk);
Result<int> execute(const ListSweeps& command, const Desk& desk);
Result<int> execute(const ShowSweep& command, const Desk& desk);
Result<int> execute(const SetSweepState& command, const Desk& desk);
Result<int> execute(const EditSweep& command, const Desk& desk);
Result<int> execute(const ExportSweep& command, const Desk& desk);
Result<int> execute(const ReplaySweep& command, const Desk& desk);
Result<int> execute(const RemoveSweeps& command, const Desk& desk);
Result<int> execute(const RunAgent& command, const Desk& desk);
Result<int> execute(const PlanSweep& command, const Desk& desk);
Result<int> execute(const ShowSensitivity& command, const Desk& desk);
Result<int> execute(const ShowReplay& command, const Desk& desk);
Result<int> execute(const CompareSearches& command, const Desk& desk);
Result<int> execute(const ShowWaste& command, const Desk& desk);
Result<int> execute(const ShowReport& command, const Desk& desk);
Result<int> execute(const ShowFootprint& command, const Desk& desk);
Result<int> execute(const EstimateFootprint& command, const Desk& desk);
Result<int> execute(const SurveyEnergy& command, const Desk& desk);
Result<int> execute(const CalibrateEnergy& command, const Desk& desk);
Result<int> execute(const ListTables& command, const Desk& desk);
Result<int> execute(const UpdateTables& command, const Desk& desk);
Result<int> execute(const MeterServer& command, const Desk& desk);
Result<int> execute(const PrintCompletion& command, const Desk& desk);
Result<int> execute(const Complete& command, const Desk& desk);

}  // namespace cairn::cli
