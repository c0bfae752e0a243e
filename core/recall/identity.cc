// Which parts go into which key, and in which form.
#include "recall/identity.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "base/hash.h"

namespace cairn::recall {
namespace {

using trace::DependencyRecord;
using trace::Input;
using trace::InputKind;

constexpr size_t kKeyDigits = 32;

// Texts of any content, none of which can be taken for the beginning of another.
class Parts {
 public:
  Parts(std::string_view tag, std::string_view salt) {
    add("cairn-identity").add(std::to_string(kIdentityVersion)).add(tag).add(salt);
  }
  Parts& add(std::string_view text) {
    x_bytes += std::to_string(text.size());
    x_bytes += ':';
    x_bytes += text;
    return *this;
  }
  std::string key() const { return print_hex(sha256(x_bytes)).substr(0, kKeyDigits); }

 private:
  std::string x_bytes;
};

// Lists of a record are sorted, so equal contents are added in one order.
void add_inputs(Parts& parts, const DependencyRecord& record, bool is_code) {
  for (const Input& input : record.inputs) {
    if ((input.kind != InputKind::kData) != is_code) continue;
    parts.add(trace::print_kind(input.kind)).add(input.path);
    parts.add(input.code_digest.empty() ? input.digest : input.code_digest);
  }
}

void add_surroundings(Parts& parts, const DependencyRecord& record) {
  for (const auto& listing : record.listings)
    parts.add("listing").add(listing.path).add(listing.digest);
  for (const std::string& path : record.absent) parts.add("absent").add(path);
  for (const std::string& path : record.present) parts.add("present").add(path);
  for (const auto& read : record.environment) parts.add("variable").add(read.name).add(read.digest);
}

void add_program(Parts& parts, const Program& program) {
  parts.add(program.launcher).add(program.entry).add(program.digest);
}

std::string experiment_key(std::string_view tag, const Program& program,
                           std::initializer_list<const model::Value*> config,
                           const DependencyRecord& record, std::string_view salt) {
  Parts parts(tag, salt);
  add_program(parts, program);
  for (const model::Value* part : config) parts.add(trace::canonical_config(*part));
  add_inputs(parts, record, /*is_code=*/true);
  add_inputs(parts, record, /*is_code=*/false);
  add_surroundings(parts, record);
  return parts.key();
}

}  // namespace

std::string pre_key(const Program& program, const trace::ConfigParts& config,
                    std::string_view salt) {
  Parts parts("P", salt);
  add_program(parts, program);
  parts.add(trace::canonical_config(config.semantic));
  parts.add(trace::canonical_config(config.budget));
  return parts.key();
}

Identity identify(const Program& program, const trace::ConfigParts& config,
                  const DependencyRecord& record, std::string_view salt) {
  Identity identity;
  identity.pre = pre_key(program, config, salt);
  identity.experiment =
      experiment_key("F", program, {&config.semantic, &config.budget}, record, salt);
  identity.no_budget = experiment_key("F0", program, {&config.semantic}, record, salt);
  identity.replicate = Parts("R", salt)
                           .add(identity.experiment)
                           .add(trace::canonical_config(config.replicate))
                           .key();
  Parts exact("X", salt);
  exact.add(identity.replicate).add(trace::canonical_config(config.execution)).add(record.python);
  for (const auto& distribution : record.distributions)
    exact.add(distribution.name).add(distribution.version);
  identity.exact = exact.key();
  Parts code("C", salt);
  add_program(code, program);
  add_inputs(code, record, /*is_code=*/true);
  identity.code = code.key();
  return identity;
}

}  // namespace cairn::recall
