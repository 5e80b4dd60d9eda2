// The files of one process as text. Pure; fields as Linux' proc(5) numbers them.
#pragma once

#include "axo/pm_protocol.hpp"
#include "servers/procfs/text.hpp"

namespace axo::procfs {

struct ProcessFacts {
    pm::ProcessRecord record{};
    bool runnable = false;  // has or wants the processor
    std::uint64_t resident_bytes = 0, virtual_bytes = 0;
    std::uint32_t terminal = 0;  // device number, 0: none
};

void put_process_stat(Text &text, const ProcessFacts &facts);
void put_process_statm(Text &text, const ProcessFacts &facts);
void put_process_status(Text &text, const ProcessFacts &facts);

}  // namespace axo::procfs
