// GivenRun: writes a run's journal as a training program would, in words of a test.
//
//   GivenRun run(folder, "run-1");
//   run.logs("loss", 0, 0.5).says("epoch 1").finishes();
//
// While the object lives and has neither finished nor died, so does the writer. Times are made up:
// each event is a millisecond after the one before it, whichever run it belongs to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.h"
#include "model/event.h"
#include "model/layout.h"

namespace cairn::ingest {

constexpr char kProject[] = "digits";

class GivenRun {
 public:
  struct As {
    int session = 1;
    std::string writer = "w";
    model::Value about;      // added to what the first event says
    bool begins = true;      // writes the first event
    bool elsewhere = false;  // on a host that cannot be asked whether the writer lives
  };

  GivenRun(const std::string& root, const std::string& run) : GivenRun(root, run, As{}) {}
  GivenRun(const std::string& root, const std::string& run, As as);
  GivenRun(GivenRun&&) = default;

  GivenRun& logs(const std::string& key, int64_t step, double value);
  GivenRun& logs(const std::vector<std::string>& keys, int64_t step,
                 const std::vector<double>& values);
  GivenRun& logs_many(const std::string& key, int64_t first_step, size_t n);  // value = step / 2
  GivenRun& logs_system(const std::string& key, int64_t step, double value);
  GivenRun& says(std::string_view line, uint8_t stream = 0);
  GivenRun& says_partially(std::string_view line, uint8_t stream = 0);
  GivenRun& configures(model::Value change);
  GivenRun& summarises(model::Value change);
  GivenRun& defines(const std::string& name, model::Value definition);
  GivenRun& captures(model::Value facts);
  GivenRun& records(const std::string& key, int64_t step, model::Value record);
  GivenRun& keeps(model::Value artifact);
  GivenRun& loses(const std::string& what, int64_t count);
  GivenRun& writes(const model::Event& event);
  GivenRun& writes_frame(uint16_t kind, std::string_view payload);

  void finishes(int exit_code = 0, const std::string& reason = "");
  void dies();  // without a word

  const std::string& path() const { return x_path; }
  uint64_t offset() const { return x_writer->offset(); }

 private:
  uint32_t shape_of(model::Stream stream, const std::vector<std::string>& keys);
  void row(model::Stream stream, const std::vector<std::string>& keys, int64_t step,
           const double* values);

  std::string x_path;
  std::unique_ptr<journal::Writer> x_writer;
  std::map<std::pair<model::Stream, std::vector<std::string>>, uint32_t> x_shapes;
};

// {"a": 1} as a Value without the ceremony.
model::Value object(std::initializer_list<std::pair<const char*, model::Value>> members);

}  // namespace cairn::ingest
