// A machine that boots, with words for what a test waits for.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "axo/types.hpp"
#include "test/host/whole/machine.hpp"

namespace axo::whole {

/// What a run was: equal in all parts for equal seeds.
struct Record {
    std::uint64_t hash, order, events, virtual_time;
    std::vector<Machine::Report> reports;
    std::string console, terminal;
};

class System {
public:
    explicit System(std::uint64_t seed);

    /// Goes on until that is so. False, and why_ says what was last seen: the machine stopped, or it took too long.
    bool until(const std::function<bool()> &done);
    const std::string &why() const { return why_; }
    /// What the kernel ended the machine with; -1: it did not.
    int exit_code() const { return exit_code_; }

    /// How often this program reported exactly that.
    unsigned reported(std::string_view who, std::string_view text);
    /// All that it reported, one after the other.
    const std::string &said_by(std::string_view who);
    /// The processes that live under this name now: during an update there are two.
    std::vector<Endpoint> processes(std::string_view name) const;
    /// The first of them; none: there is none.
    Endpoint process(std::string_view name) const;
    /// What this process is: its page table, which goes with it when two versions change places.
    std::uint64_t page_table(Endpoint process) const;
    Record record() const;

    Machine machine;

private:
    void take_reports();
    std::string story(const Stopped &stopped);

    std::string why_;
    int exit_code_ = -1;
    std::size_t taken_ = 0;  // of the reports
    std::map<std::pair<std::string, std::string>, unsigned> counts_;
    std::map<std::string, std::string> said_;
};

}  // namespace axo::whole
