// Where the programs that are linked in begin, and what their States look like.
#pragma once

#include <cstddef>

extern "C" const std::byte axo_entry_rs[], axo_entry_vm[], axo_entry_pm[], axo_entry_vfs[], axo_entry_ds[],
    axo_entry_memory[], axo_entry_ext2[], axo_entry_tmpfs[], axo_entry_procfs[], axo_entry_tty[], axo_entry_log[],
    axo_entry_init[];
extern "C" const std::byte axo_entry_hello[], axo_entry_hello2[], axo_entry_hello_migrate_crashes[],
    axo_entry_hello_fail[], axo_entry_hello_crash[], axo_entry_hello_scribbles[], axo_entry_hello_refuses[],
    axo_entry_vfs_fail[];
// As tools/make_schema.py makes them. What has none here cannot be updated.
extern "C" const std::byte axo_schema_hello[], axo_schema_end_hello[], axo_schema_hello2[], axo_schema_end_hello2[],
    axo_schema_hello_migrate_crashes[], axo_schema_end_hello_migrate_crashes[], axo_schema_vfs[], axo_schema_end_vfs[];
