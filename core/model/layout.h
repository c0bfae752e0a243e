// Layout: where everything lies in a store's folder. Guests and the store share these names and
// nothing else, so a run is found, resumed and sealed by listing folders.
//
//   .cairn/
//     cairn.json                                   format version and the store's uuid
//     projects/<project>/live/<run>~<session>~<writer>.clog    journals: truth while a run lives
//     projects/<project>/packs/<run>~<session>~<segment>.cpack  sealed runs: truth afterwards
//     projects/<project>/index.db                              derived; rebuilt by doctor
//     projects/<project>/views.json                            named views of the page
//     projects/<project>/versions.clog                         numbers given to artifacts' contents
//     leases.db                                    who is running what now
//     blobs/ab/<sha256>                                        content-addressed files
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cairn::model {

constexpr int kStoreVersion = 1;

struct JournalName {
  std::string run;
  int session = 1;  // 1, then one more for every resume
  std::string writer;
};

struct PackName {
  std::string run;
  int session = 1;  // the last one in it
  int segment = 1;  // 1, then one more for every time the run was sealed
};

class Layout {
 public:
  explicit Layout(std::string root) : x_root(std::move(root)) {}

  const std::string& root() const { return x_root; }
  std::string settings() const { return x_root + "/cairn.json"; }
  std::string projects() const { return x_root + "/projects"; }
  std::string project(std::string_view p) const { return projects() + "/" + std::string(p); }
  std::string live(std::string_view p) const { return project(p) + "/live"; }
  std::string packs(std::string_view p) const { return project(p) + "/packs"; }
  std::string index(std::string_view p) const { return project(p) + "/index.db"; }
  std::string views(std::string_view p) const { return project(p) + "/views.json"; }
  std::string versions(std::string_view p) const { return project(p) + "/versions.clog"; }
  std::string leases() const { return x_root + "/leases.db"; }
  std::string blobs() const { return x_root + "/blobs"; }
  std::string journal(std::string_view project, const JournalName& name) const;
  std::string pack(std::string_view project, const PackName& name) const;

 private:
  std::string x_root;
};

// '~' cannot occur in a safe name, so both directions are exact.
std::string print_journal_name(const JournalName& name);
std::optional<JournalName> parse_journal_name(std::string_view file_name);
std::string print_pack_name(const PackName& name);
std::optional<PackName> parse_pack_name(std::string_view file_name);

}  // namespace cairn::model
