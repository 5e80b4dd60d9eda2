// The program around a target: feeds it its seeds, then changed copies of whatever reached new code.
// With equal seed and count it does the same every time.
//
//   <target>_fuzz [--inputs N] [--seconds N] [--seed N]   N inputs, or as many as fit
//   <target>_fuzz FILE...                                 just these inputs (what a failure left)
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "test/fuzz/coverage.hpp"
#include "test/fuzz/mutator.hpp"

extern "C" void __sanitizer_set_death_callback(void (*callback)());
extern "C" const char *__asan_default_options() { return "handle_abort=1:allocator_may_return_null=1"; }

namespace fuzz {

[[gnu::weak]] std::vector<Bytes> seeds() { return {}; }
[[gnu::weak]] std::uint64_t usual_inputs() { return 20'000; }

namespace {

constexpr unsigned hang_seconds = 20;
constexpr std::size_t max_corpus = 4096;

const Bytes *current = nullptr;
std::string name;
std::uint64_t seed = 1;

/// The input that broke the target is kept beside the program.
void keep_input() {
    if (current == nullptr) return;
    const std::string path = name + ".failed";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(current->data()), static_cast<std::streamsize>(current->size()));
    std::fprintf(stderr, "fuzz: failed at seed %llu; the input of %zu bytes is %s\n",
                 static_cast<unsigned long long>(seed), current->size(), path.c_str());
}

void on_alarm(int) {
    std::fprintf(stderr, "fuzz: an input took more than %u seconds\n", hang_seconds);
    std::abort();
}

struct Options {
    std::uint64_t inputs = usual_inputs();
    std::uint64_t seconds = 0;  // 0: no limit
};

class Run {
public:
    explicit Run(const Options &options) : options_(options), mutator_(seed) {}

    std::uint64_t all() {
        for (Bytes &input : seeds()) one(std::move(input), true);
        one({}, true);
        while (!done()) {
            const Bytes &from = corpus_[mutator_.below(corpus_.size())];
            const Bytes &other = corpus_[mutator_.below(corpus_.size())];
            one(mutator_.mutate(from, other, coverage::compared()), false);
        }
        return count_;
    }

private:
    bool done() const {
        if (options_.seconds == 0) return count_ >= options_.inputs;
        return std::chrono::steady_clock::now() - started_ > std::chrono::seconds(options_.seconds);
    }

    void one(Bytes &&input, bool keep) {
        current = &input;
        ++count_;
        alarm(hang_seconds);
        coverage::start();
        // A copy of exactly this size: reading behind it is an error ASan sees.
        const AlignedCopy copy(input, 1);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(copy.bytes().data()), input.size());
        keep |= coverage::found_new();
        current = nullptr;
        if (!keep) return;
        if (corpus_.size() < max_corpus)
            corpus_.push_back(std::move(input));
        else
            corpus_[mutator_.below(max_corpus)] = std::move(input);
    }

    Options options_;
    Mutator mutator_;
    std::vector<Bytes> corpus_;
    std::uint64_t count_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

int replay(const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::fprintf(stderr, "fuzz: cannot read %s\n", path);
        return 2;
    }
    const Bytes input{std::istreambuf_iterator<char>(file), {}};
    std::printf("fuzz: %s, %zu bytes\n", path, input.size());
    const AlignedCopy copy(input, 1);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(copy.bytes().data()), input.size());
    return 0;
}

int usage() {
    std::fprintf(stderr, "usage: %s [--inputs N] [--seconds N] [--seed N] | FILE...\n", name.c_str());
    return 2;
}

}  // namespace

AlignedCopy::AlignedCopy(std::span<const std::uint8_t> from, std::size_t alignment) : size_(from.size()) {
    alignment = std::max(alignment, sizeof(void *));
    if (posix_memalign(&memory_, alignment, from.size()) != 0) std::abort();
    if (!from.empty()) std::memcpy(memory_, from.data(), from.size());
}
AlignedCopy::~AlignedCopy() { std::free(memory_); }

void require(bool holds, const char *what) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: violated: %s\n", what);
    std::abort();
}

int main(int count, char **words) {
    name = words[0];
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (!word.starts_with("--")) {
            if (const int status = replay(words[i]); status != 0) return status;
            if (i + 1 == count) return 0;
            continue;
        }
        if (++i == count) return usage();
        const std::uint64_t value = std::strtoull(words[i], nullptr, 10);
        if (word == "--inputs")
            options.inputs = value;
        else if (word == "--seconds")
            options.seconds = value;
        else if (word == "--seed")
            seed = value;
        else
            return usage();
    }
    std::signal(SIGALRM, on_alarm);
    __sanitizer_set_death_callback(keep_input);
    const std::uint64_t done = Run(options).all();
    const std::string base = name.substr(name.rfind('/') + 1);
    std::printf("fuzz %s: %llu inputs\n", base.substr(0, base.rfind("_fuzz")).c_str(),
                static_cast<unsigned long long>(done));
    return 0;
}

}  // namespace fuzz

int main(int count, char **words) { return fuzz::main(count, words); }
