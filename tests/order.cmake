# SPDX-License-Identifier: GPL-3.0-or-later

# In which order `ctest -j` runs them, where it has not measured them before:
# what lasts longest begins first, so that nothing is left to run alone; what
# has no number comes last.
set(cost 60)
foreach(name
        stream_servers record_stall streams watchdog feeds freewheel
        stream_codecs mixer_stops readers osc_contract weirctl_live
        stream_listeners feeds_pipewire comeback path_is_exact feed_clock
        readers_pipewire path_is_exact_pipewire osc_survives watch sessions
        takes_are_exact instances levels losing record_disk readers_storm
        ending meters no_realtime takes_are_exact_pipewire stream_tls
        bad_samples strangers)
    if(TEST ${name})
        set_property(TEST ${name} PROPERTY COST ${cost})
    endif()
    math(EXPR cost "${cost} - 1")
endforeach()

# These keep two processors busy.
foreach(name model_explore model_weaken model_tsan model_stress model_bare
        model_spin_inputs model_spin_broadcast model_spin_lapped_for_ever
        model_spin_gate model_spin_table model_spin_source readers_storm load)
    if(TEST ${name})
        set_property(TEST ${name} PROPERTY PROCESSORS 2)
    endif()
endforeach()
