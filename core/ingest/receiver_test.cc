// Receiving: however a journal is cut into pieces, repeated or cut off, its copy is the same file.
#include "ingest/receiver.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/clock.h"
#include "base/hash.h"
#include "base/testing/fake_disk.h"
#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

using journal::Received;
using model::JournalName;
using Piece = Receiver::Piece;
using Standing = Receiver::Standing;

constexpr char kRoot[] = "/store";

// A journal as a program elsewhere has written it: `frames` of different sizes.
std::string a_journal(size_t frames) {
  journal::WriterIdentity who;
  who.pid = 7;
  who.created_ns = 1'700'000'000 * kNsPerSecond;
  std::string bytes = journal::encode_header(who);
  for (size_t n = 0; n < frames; ++n)
    journal::append_frame(bytes, bytes.size(), static_cast<uint16_t>(1 + n % 5),
                          std::string(1 + n * 37 % 300, static_cast<char>('a' + n % 26)));
  return bytes;
}

class ReceiverTest : public testing::Test {
 protected:
  static constexpr Receiver::Options kByHand = {.open_files_max = 512, .sync_period_ms = 0};

  // A server process: what it knows goes with it, and its locks.
  std::unique_ptr<Receiver> a_server(Receiver::Options options = kByHand) {
    return std::make_unique<Receiver>(
        *disk, layout,
        [this](std::string_view, const JournalName& journal) -> Result<std::optional<uint64_t>> {
          ++asked_for_packs;
          const auto found = packed.find(print_journal_name(journal));
          if (found == packed.end()) return std::nullopt;
          return found->second;
        },
        options);
  }
  static Standing take(Receiver& server, const Piece& piece,
                       const JournalName& name = {"r", 1, "w"}) {
    const auto standing = server.take(kProject, name, piece);
    EXPECT_TRUE(standing) << standing.error().message();
    return standing.value_or(Standing{});
  }
  static Standing find(Receiver& server) {
    const auto standing = server.find(kProject, {"r", 1, "w"});
    EXPECT_TRUE(standing) << standing.error().message();
    return standing.value_or(Standing{});
  }
  // What a client does: asks, then sends what is missing, until all of it is there and closed.
  static bool deliver(Receiver& server, std::string_view bytes, size_t piece_bytes = 1 << 20) {
    for (int tries = 0; tries < 10'000; ++tries) {
      const auto standing = server.find(kProject, {"r", 1, "w"});
      if (!standing) return false;
      if (standing->closed) return standing->offset == bytes.size();
      const std::string_view rest = bytes.substr(standing->offset).substr(0, piece_bytes);
      const bool closes = standing->offset + rest.size() == bytes.size();
      if (!server.take(kProject, {"r", 1, "w"}, {standing->offset, rest, false, closes}))
        return false;
    }
    return false;
  }
  // Whether the frames of `bytes` up to `end` are there.
  static bool shows(std::string_view file, std::string_view bytes, uint64_t end) {
    if (end <= journal::kHeaderBytes) return true;
    const size_t n = end - journal::kHeaderBytes;
    return file.size() >= end &&
           file.substr(journal::kHeaderBytes, n) == bytes.substr(journal::kHeaderBytes, n);
  }
  std::string path() const { return layout.journal(kProject, {"r", 1, "w"}); }
  // The copy with the writer's own header.
  std::string copy() const {
    std::string bytes = disk->content(path());
    if (bytes.size() < journal::kHeaderBytes) return bytes;
    auto who = journal::decode_header(bytes.substr(0, journal::kHeaderBytes));
    if (!who) return bytes;
    who->received = Received::kNo;
    return bytes.replace(0, journal::kHeaderBytes, journal::encode_header(*who));
  }
  Received mark() const {
    return journal::decode_header(disk->content(path()).substr(0, journal::kHeaderBytes))->received;
  }

  std::unique_ptr<FakeDisk> disk = std::make_unique<FakeDisk>();
  model::Layout layout{kRoot};
  std::map<std::string, uint64_t> packed;
  int asked_for_packs = 0;
};

TEST_F(ReceiverTest, APieceIsAcknowledgedAndThenDurable) {
  const std::string bytes = a_journal(10);
  const auto server = a_server();
  Standing standing = take(*server, {0, bytes});
  EXPECT_EQ(standing.offset, bytes.size());
  EXPECT_EQ(standing.durable, 0u);
  EXPECT_EQ(copy(), bytes);
  EXPECT_EQ(mark(), Received::kOpen);
  server->sync();
  EXPECT_EQ(find(*server).durable, bytes.size());
  EXPECT_EQ(disk->crash(Crash::kLost)->content(path()).size(), bytes.size());
}

TEST_F(ReceiverTest, AnyTwoPiecesMakeTheSameFile) {
  const std::string bytes = a_journal(12);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    disk = std::make_unique<FakeDisk>();
    const auto server = a_server();
    const Standing first = take(*server, {0, std::string_view(bytes).substr(0, cut)});
    ASSERT_LE(first.offset, cut);
    ASSERT_EQ(copy(), bytes.substr(0, first.offset)) << "only whole frames are kept";
    const Standing all =
        take(*server, {first.offset, std::string_view(bytes).substr(first.offset), false, true});
    ASSERT_EQ(all.offset, bytes.size());
    ASSERT_TRUE(all.closed);
    ASSERT_EQ(copy(), bytes);
  }
}

TEST_F(ReceiverTest, WhatIsHereIsSteppedOver) {
  const std::string bytes = a_journal(12);
  const auto server = a_server();
  const uint64_t standing = take(*server, {0, std::string_view(bytes).substr(0, 700)}).offset;
  const uint64_t operations = disk->operations();
  EXPECT_EQ(take(*server, {0, std::string_view(bytes).substr(0, 650)}).offset, standing);
  EXPECT_EQ(take(*server, {136, std::string_view(bytes).substr(136, 8)}).offset, standing);
  EXPECT_EQ(disk->operations(), operations) << "nothing was written twice";
  EXPECT_EQ(take(*server, {3, std::string_view(bytes).substr(3)}).offset, bytes.size());
  EXPECT_EQ(copy(), bytes);
}

TEST_F(ReceiverTest, AGapIsRefusedWithWhereToGoOn) {
  const std::string bytes = a_journal(12);
  const auto server = a_server();
  EXPECT_EQ(take(*server, {512, std::string_view(bytes).substr(512)}).offset, 0u);
  EXPECT_FALSE(disk->exists(path()));
  const uint64_t standing = take(*server, {0, std::string_view(bytes).substr(0, 500)}).offset;
  EXPECT_EQ(take(*server, {standing + 8, std::string_view(bytes).substr(standing + 8)}).offset,
            standing);
  EXPECT_EQ(copy(), bytes.substr(0, standing));
}

TEST_F(ReceiverTest, BytesThatAreNoFrameEndTheReadingThere) {
  const std::string bytes = a_journal(12);
  std::string damaged = bytes;
  damaged[600] ^= 1;
  const auto server = a_server();
  const Standing standing = take(*server, {0, damaged, false, true});
  EXPECT_LE(standing.offset, 600u);
  EXPECT_FALSE(standing.closed) << "this was not all of it";
  EXPECT_EQ(copy(), bytes.substr(0, standing.offset));
}

TEST_F(ReceiverTest, FramesOfAnotherPlaceAreNone) {
  const std::string bytes = a_journal(12);
  const auto server = a_server();
  const uint64_t standing = take(*server, {0, std::string_view(bytes).substr(0, 500)}).offset;
  EXPECT_EQ(take(*server, {standing, std::string_view(bytes).substr(128)}).offset, standing);
}

TEST_F(ReceiverTest, DamageOfTheOtherSideIsLeftAsZeros) {
  std::string bytes = a_journal(12);
  const auto server = a_server();
  const uint64_t begin = take(*server, {0, std::string_view(bytes).substr(0, 500)}).offset;
  const auto lost = journal::frame_at(bytes, 0, begin);
  const uint64_t behind = begin + journal::frame_bytes(lost->payload.size());
  Piece piece{behind, std::string_view(bytes).substr(behind), true, false};
  EXPECT_EQ(take(*server, {behind, std::string_view(bytes).substr(behind + 8), true}).offset, begin)
      << "a gap with nothing behind it would be none";
  piece.closes = true;
  const Standing standing = take(*server, piece);
  EXPECT_EQ(standing.offset, bytes.size());
  EXPECT_TRUE(standing.closed);
  EXPECT_EQ(copy(), bytes.replace(begin, behind - begin, std::string(behind - begin, '\0')));
}

TEST_F(ReceiverTest, ASkipThatIsNoneOfTheFormatsIsRefused) {
  const std::string bytes = a_journal(12);
  const auto server = a_server();
  const uint64_t begin = take(*server, {0, std::string_view(bytes).substr(0, 500)}).offset;
  for (const uint64_t from : {begin + 3, begin + (uint64_t{1} << 40)}) {
    const auto standing =
        server->take(kProject, {"r", 1, "w"}, {from, std::string_view(bytes).substr(0, 200), true});
    ASSERT_FALSE(standing);
    EXPECT_EQ(standing.error().code(), Code::kInvalid);
  }
  EXPECT_EQ(take(*server, {512, bytes, true}, {"other", 1, "w"}).offset, 0u)
      << "no header was seen";
}

TEST_F(ReceiverTest, NothingIsTakenOnceItIsClosed) {
  const std::string bytes = a_journal(12), less = bytes.substr(0, a_journal(6).size());
  const auto server = a_server();
  EXPECT_TRUE(take(*server, {0, less, false, true}).closed);
  const Standing standing = take(*server, {0, bytes, false, true});
  EXPECT_EQ(standing.offset, less.size());
  EXPECT_EQ(mark(), Received::kClosed);
  EXPECT_EQ(copy(), less);
}

TEST_F(ReceiverTest, TheEndIsDurableOnlyWithItsMark) {
  const std::string bytes = a_journal(5);
  const auto server = a_server();
  take(*server, {0, bytes});
  server->sync();
  const Standing closed = take(*server, {bytes.size(), "", false, true});
  EXPECT_TRUE(closed.closed);
  EXPECT_EQ(closed.durable, 0u) << "a power cut would forget that it has ended";
  server->sync();
  EXPECT_EQ(find(*server).durable, bytes.size());
  disk = disk->crash(Crash::kLost);
  EXPECT_EQ(mark(), Received::kClosed);
}

TEST_F(ReceiverTest, ARestartFindsEverythingAgainFromTheFile) {
  const std::string bytes = a_journal(12);
  const uint64_t standing = take(*a_server(), {0, std::string_view(bytes).substr(0, 900)}).offset;
  auto server = a_server();
  EXPECT_EQ(find(*server).offset, standing);
  EXPECT_FALSE(find(*server).closed);
  server->sync();
  EXPECT_EQ(find(*server).durable, standing) << "whether it was synced before is not known";
  EXPECT_TRUE(deliver(*server, bytes));
  server.reset();
  EXPECT_TRUE(find(*a_server()).closed);
}

TEST_F(ReceiverTest, ATornTailIsCutAtTheNextContact) {
  const std::string bytes = a_journal(12);
  const uint64_t standing = take(*a_server(), {0, std::string_view(bytes).substr(0, 900)}).offset;
  disk->set_content(path(), disk->content(path()) + bytes.substr(standing, 20));
  const auto server = a_server();
  EXPECT_EQ(find(*server).offset, standing);
  EXPECT_EQ(disk->content(path()).size(), standing);
  EXPECT_TRUE(deliver(*server, bytes));
  EXPECT_EQ(copy(), bytes);
}

TEST_F(ReceiverTest, AGapThatAPowerCutLeftIsSentAgainAndNothingBehindItIsLost) {
  const std::string bytes = a_journal(12);
  take(*a_server(), {0, bytes});
  std::string torn = disk->content(path());
  std::fill_n(torn.begin() + 400, 200, '\0');
  disk->set_content(path(), torn);
  const auto server = a_server();
  EXPECT_LE(find(*server).offset, 400u);
  EXPECT_EQ(disk->content(path()), torn);
  EXPECT_TRUE(deliver(*server, bytes, 600));
  EXPECT_EQ(copy(), bytes);
}

// Stops a server after every write of a delivery, in every way, and lets another one go on.
TEST_F(ReceiverTest, ACrashAfterAnyWriteLosesNothingThatWasPromised) {
  const std::string bytes = a_journal(8);
  for (const Crash policy : {Crash::kLost, Crash::kKept, Crash::kTorn}) {
    for (uint64_t stop = 0;; ++stop) {
      disk = std::make_unique<FakeDisk>();
      Standing promised;
      {
        const auto server = a_server();
        disk->stop_after(stop);
        for (size_t n = 0; n < 50 && !promised.closed; ++n) {
          const uint64_t from = promised.offset;
          const std::string_view piece = std::string_view(bytes).substr(from).substr(0, 400);
          const bool closes = from + piece.size() == bytes.size();
          const auto standing = server->take(kProject, {"r", 1, "w"}, {from, piece, false, closes});
          if (!standing) break;
          promised = *standing;
          if (n % 2 == 1) server->sync();
          promised.durable = server->find(kProject, {"r", 1, "w"}).value_or(promised).durable;
        }
      }
      const bool is_whole = !disk->stopped();
      const auto killed = disk->kill();
      disk = disk->crash(policy, stop);
      ASSERT_TRUE(shows(disk->content(path()), bytes, promised.durable)) << "stopped at " << stop;
      ASSERT_TRUE(deliver(*a_server(), bytes, 400)) << "stopped at " << stop;
      ASSERT_EQ(copy(), bytes);
      // Had only the process been killed, all that was acknowledged would be there.
      ASSERT_TRUE(shows(killed->content(path()), bytes, promised.offset)) << "stopped at " << stop;
      if (is_whole) break;
    }
  }
}

TEST_F(ReceiverTest, AFullDiskRefusesAndLeavesNothingHalfWritten) {
  const std::string bytes = a_journal(100);
  const auto server = a_server();
  disk->set_free_bytes(100);
  const JournalName name{"r", 1, "w"};
  const auto refused = server->take(kProject, name, {0, bytes});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kLimit);
  EXPECT_FALSE(disk->exists(path()));

  disk->set_free_bytes(1000);
  const uint64_t standing = take(*server, {0, std::string_view(bytes).substr(0, 600)}).offset;
  EXPECT_FALSE(server->take(kProject, name, {standing, std::string_view(bytes).substr(standing)}));
  EXPECT_EQ(disk->content(path()).size(), standing);
  EXPECT_EQ(find(*server).offset, standing);

  disk->set_free_bytes(UINT64_MAX);
  EXPECT_TRUE(deliver(*server, bytes)) << "it recovers by itself";
  EXPECT_EQ(copy(), bytes);
}

TEST_F(ReceiverTest, WhatIsInAPackIsToldAndNotTakenAgain) {
  packed["r~1~w.clog"] = 5000;
  const auto server = a_server();
  const Standing standing = find(*server);
  EXPECT_TRUE(standing.closed);
  EXPECT_EQ(standing.offset, 5000u);
  EXPECT_EQ(standing.durable, 5000u);
  EXPECT_EQ(take(*server, {0, a_journal(3), false, true}).offset, 5000u);
  EXPECT_EQ(asked_for_packs, 1);
  EXPECT_FALSE(disk->exists(path()));
}

TEST_F(ReceiverTest, AJournalThatGoesIntoAPackMeanwhileIsLookedForThere) {
  const std::string bytes = a_journal(3);
  const auto server = a_server();
  EXPECT_TRUE(take(*server, {0, bytes, false, true}).closed);
  packed["r~1~w.clog"] = bytes.size();
  ASSERT_TRUE(disk->remove(path()));
  EXPECT_EQ(find(*server).durable, bytes.size());
}

TEST_F(ReceiverTest, AJournalThatVanishedHasToComeAgain) {
  const std::string bytes = a_journal(12);
  const auto server = a_server();
  take(*server, {0, std::string_view(bytes).substr(0, 900)});
  ASSERT_TRUE(disk->remove(path()));
  EXPECT_EQ(take(*server, {904, std::string_view(bytes).substr(904)}).offset, 0u);
  EXPECT_TRUE(deliver(*server, bytes));
  EXPECT_EQ(copy(), bytes);
}

TEST_F(ReceiverTest, AJournalOfThisMachineIsNotTouched) {
  ASSERT_TRUE(disk->make_dirs(layout.live(kProject)));
  const std::string bytes = a_journal(3);
  for (const bool is_dead : {false, true}) {
    auto writer = journal::Writer::create(*disk, path());
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(1, "mine"));
    if (is_dead) writer->reset();
    const std::string before = disk->content(path());
    const auto server = a_server();
    const auto standing = server->take(kProject, {"r", 1, "w"}, {0, bytes});
    ASSERT_FALSE(standing);
    EXPECT_EQ(standing.error().code(), Code::kConflict);
    EXPECT_EQ(disk->content(path()), before);
    EXPECT_EQ(journal::writer_life(*disk, path()),
              is_dead ? journal::Life::kDead : journal::Life::kAlive);
    writer = {};
    ASSERT_TRUE(disk->remove(path()));
  }
}

TEST_F(ReceiverTest, TwoServersDoNotWriteOneJournal) {
  const std::string bytes = a_journal(12);
  auto one = a_server(), other = a_server();
  const uint64_t standing = take(*one, {0, std::string_view(bytes).substr(0, 900)}).offset;
  EXPECT_EQ(other->find(kProject, {"r", 1, "w"}).error().code(), Code::kConflict);
  one.reset();
  EXPECT_EQ(find(*other).offset, standing);
}

TEST_F(ReceiverTest, NamesThatLeaveTheFolderAreInvalid) {
  const auto server = a_server();
  const std::string bytes = a_journal(1);
  for (const char* bad : {"", "..", "a/b", ".hidden", "a~b"}) {
    EXPECT_EQ(server->take(kProject, {bad, 1, "w"}, {0, bytes}).error().code(), Code::kInvalid);
    EXPECT_EQ(server->take(kProject, {"r", 1, bad}, {0, bytes}).error().code(), Code::kInvalid);
    EXPECT_EQ(server->take(bad, {"r", 1, "w"}, {0, bytes}).error().code(), Code::kInvalid);
  }
}

TEST_F(ReceiverTest, AHeaderThatIsNoneIsRefused) {
  const auto server = a_server();
  std::string bytes = a_journal(1);
  bytes[60] ^= 1;
  EXPECT_EQ(server->take(kProject, {"r", 1, "w"}, {0, bytes}).error().code(), Code::kInvalid);
  bytes = a_journal(1);
  bytes[8] = 99;  // another version, and a hash that fits
  const uint64_t hash = xxh3_64(std::string_view(bytes).substr(0, 120));
  bytes.replace(120, 8, reinterpret_cast<const char*>(&hash), 8);
  EXPECT_EQ(server->take(kProject, {"r", 1, "w"}, {0, bytes}).error().code(), Code::kInvalid);
  EXPECT_FALSE(disk->exists(path()));
}

TEST_F(ReceiverTest, AnotherJournalOfTheSameNameIsAConflict) {
  const auto server = a_server();
  take(*server, {0, a_journal(3)});
  journal::WriterIdentity who;
  who.pid = 8;
  EXPECT_EQ(server->take(kProject, {"r", 1, "w"}, {0, journal::encode_header(who)}).error().code(),
            Code::kConflict);
}

TEST_F(ReceiverTest, FewFilesStayOpenHoweverManyJournalsCome) {
  const std::string bytes = a_journal(12);
  const auto server = a_server({.open_files_max = 2, .sync_period_ms = 0});
  const auto send = [&](size_t begin, size_t end) {
    for (int run = 0; run < 8; ++run) {
      const JournalName name{"r" + std::to_string(run), 1, "w"};
      const auto found = server->find(kProject, name);
      ASSERT_TRUE(found);
      const auto from = std::min<uint64_t>(found->offset, begin);
      take(*server, {from, std::string_view(bytes).substr(from, end - from)}, name);
    }
  };
  send(0, 700);
  server->sync();
  send(700, bytes.size());
  server->sync();
  for (int run = 0; run < 8; ++run) {
    const auto standing = server->find(kProject, {"r" + std::to_string(run), 1, "w"});
    EXPECT_EQ(standing->offset, bytes.size());
    EXPECT_EQ(standing->durable, bytes.size());
  }
}

TEST_F(ReceiverTest, ASignOfLifeIsHeard) {
  const std::string bytes = a_journal(3);
  const JournalName name{"r", 1, "w"};
  auto server = a_server();
  EXPECT_FALSE(server->heard(kProject, name));
  take(*server, {0, bytes});
  ASSERT_TRUE(server->heard(kProject, name));
  EXPECT_TRUE(server->heard(kProject, name)->is_alive);
  EXPECT_EQ(server->heard(kProject, name)->offset, bytes.size());
  take(*server, {bytes.size(), "", false, true});
  EXPECT_FALSE(server->heard(kProject, name)->is_alive);

  server.reset();
  server = a_server();
  find(*server);
  EXPECT_FALSE(server->heard(kProject, name)->is_alive) << "a question is no sign of life";
}

TEST_F(ReceiverTest, ManyThreadsDeliverManyJournalsAtOnce) {
  const std::string bytes = a_journal(200);
  const auto server = a_server({.open_files_max = 4, .sync_period_ms = 1});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (size_t at = 0; at < bytes.size(); at += 1000)
        for (int run = 0; run < 6; ++run) {
          const JournalName name{"r" + std::to_string((run + t) % 6), 1, "w"};
          const auto standing = server->find(kProject, name);
          ASSERT_TRUE(standing);
          const std::string_view piece = std::string_view(bytes).substr(standing->offset, 1500);
          const auto taken = server->take(kProject, name, {standing->offset, piece});
          ASSERT_TRUE(taken) << taken.error().message();
        }
    });
  for (std::thread& thread : threads) thread.join();
  for (int run = 0; run < 6; ++run) {
    const JournalName name{"r" + std::to_string(run), 1, "w"};
    const uint64_t offset = server->find(kProject, name)->offset;
    EXPECT_EQ(offset, bytes.size());
    EXPECT_EQ(disk->content(layout.journal(kProject, name)).substr(128), bytes.substr(128));
  }
}

// Received journals beside local ones, as readers see them.
class ReceivedRunTest : public StoreFixture {
 protected:
  // Sends the file of a run that was given elsewhere.
  static Standing deliver(Receiver& server, const GivenRun& run, const std::string& id,
                          bool closes) {
    const auto bytes = read_file(posix_disk(), run.path(), 1 << 20);
    const auto reader = journal::Reader::open(posix_disk(), run.path());
    EXPECT_TRUE(bytes && reader);
    journal::Frame frame;
    while (*(*reader)->next(frame)) {
    }
    const auto frames = std::string_view(*bytes).substr(0, (*reader)->offset());
    const auto standing = server.take(kProject, {id, 1, "w"}, {0, frames, false, closes});
    EXPECT_TRUE(standing) << standing.error().message();
    return *standing;
  }
  GivenRun given_elsewhere(const std::string& id) { return GivenRun(root() + "/elsewhere", id); }
  Receiver a_server(Looker& owner) {
    return Receiver(posix_disk(), layout(),
                    [&owner](std::string_view project, const JournalName& journal) {
                      return owner.store().find_packed_journal(project, journal);
                    },
                    {.open_files_max = 8, .sync_period_ms = 0});
  }
};

TEST_F(ReceivedRunTest, IsAliveWhileItsUploaderIsHeardAndUnknownToOthers) {
  GivenRun run = given_elsewhere("r");
  run.logs("loss", 0, 0.5);
  Looker other = a_process();
  Receiver server = a_server(other);
  store::Store& store = other.store();
  Ingest ingest(posix_disk(), store, [&](std::string_view project, const JournalName& journal) {
    return server.heard(project, journal);
  });
  deliver(server, run, "r", false);
  ASSERT_TRUE(ingest.catch_up(kProject));
  EXPECT_EQ(store.get_run(kProject, "r")->liveness, model::Liveness::kAlive);
  EXPECT_EQ(store.get_run(kProject, "r")->state, model::RunState::kRunning);
  run.logs("loss", 1, 0.25);
  deliver(server, run, "r", false);
  ASSERT_TRUE(ingest.catch_up(kProject));
  EXPECT_EQ(store.get_run(kProject, "r")->last_step, 1);

  Looker stranger = a_reader();
  EXPECT_EQ(stranger.run("r").liveness, model::Liveness::kUnknown);
  EXPECT_EQ(stranger.run("r").state, model::RunState::kRunning);
}

TEST_F(ReceivedRunTest, IsSealedWhenItIsClosedAndItsJournalKnownForEver) {
  GivenRun run = given_elsewhere("r");
  run.logs("loss", 0, 0.5);
  Looker reader = a_process();
  {
    Receiver server = a_server(reader);
    deliver(server, run, "r", false);
    reader.looks();
    EXPECT_EQ(journals().size(), 1u);
    run.finishes();
    deliver(server, run, "r", true);
    reader.looks();
    EXPECT_EQ(reader.run("r").state, model::RunState::kFinished);
    reader.looks();
    EXPECT_TRUE(journals().empty());
  }
  Receiver later = a_server(reader);
  const Standing again = deliver(later, run, "r", true);
  EXPECT_TRUE(again.closed);
  EXPECT_GT(again.offset, 0u);
  EXPECT_TRUE(journals().empty());
  reader.looks();
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
  EXPECT_FALSE(reader.store().find_packed_journal(kProject, {"r", 1, "another"})->has_value());
  EXPECT_FALSE(reader.store().find_packed_journal("nothing", {"r", 1, "w"})->has_value());
}

TEST_F(ReceivedRunTest, ADeadWriterIsACrashOnceItsJournalIsClosed) {
  GivenRun run = given_elsewhere("r");
  run.logs("loss", 0, 0.5).dies();
  Looker reader = a_process();
  Receiver server = a_server(reader);
  deliver(server, run, "r", true);
  reader.looks();
  EXPECT_EQ(reader.run("r").state, model::RunState::kCrashed);
}

}  // namespace
}  // namespace cairn::ingest
