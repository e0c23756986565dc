// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weirctl: the mixer from the command line, over OSC.
#include "common/log.h"
#include "oscctl/ctl/commands.h"
#include "oscctl/ctl/find.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: weirctl [-n NAME | -t URL] [OPTION]... COMMAND\n"
    "Ask a running weir, and tell it what to do.\n"
    "\n"
    "Commands:\n"
    "  ping                     print the mixer's name\n"
    "  get PATTERN...           print the values that match\n"
    "  set ADDRESS VALUE...     set a value, print what resulted\n"
    "  call ADDRESS [ARG]...    run a command, print its reply\n"
    "  watch [--rate HZ] [--no-wait] PATTERN...\n"
    "                           print what matches, then each change of it,\n"
    "                           at most HZ times a second (20)\n"
    "  list                     print a table of strips and buses\n"
    "  dump                     print all settings, for load\n"
    "  load [--merge] FILE|-    make the mixer what FILE says: what it does\n"
    "                           not name is removed; with --merge, only add\n"
    "  meters [--plain]         levels, gains, readers, load; '?' for keys\n"
    "\n"
    "Options:\n"
    "  -n, --name NAME          the weir called NAME (default: the only one)\n"
    "  -t, --target URL         osc.udp://HOST:PORT/, osc.tcp://HOST:PORT/\n"
    "                           or osc.unix:///PATH\n"
    "      --run-dir DIR        where instances are looked for\n"
    "                           ($XDG_RUNTIME_DIR/weir, else /tmp/weir-UID)\n"
    "  -q, --quiet              errors only\n"
    "  -v, --verbose            say more\n"
    "  -h, --help               print this\n"
    "  -V, --version            print the version\n"
    "\n"
    "Lines that are printed can be read again: weirctl dump > a;\n"
    "weirctl load a.  Exit status: 0 done, 1 the mixer refused,\n"
    "2 wrong usage, 69 nobody answered within 2 s.\n";

static const struct command {
    const char *name;
    int min_words, max_words; // after the name
    const char *words;
    // One of the two: with a link to the mixer, or finding it itself.
    int (*run)(struct ctl_link *, int, const char *const[]);
    int (*live)(const struct ctl_wanted *, int, const char *const[]);
} commands[] = {
    {"ping", 0, 0, "", ctl_ping, NULL},
    {"get", 1, 1000, " PATTERN...", ctl_get, NULL},
    {"set", 2, 1000, " ADDRESS VALUE...", ctl_set, NULL},
    {"call", 1, 1000, " ADDRESS [ARG]...", ctl_call, NULL},
    {"watch", 1, 1000, " [--rate HZ] [--no-wait] PATTERN...", NULL, ctl_watch},
    {"list", 0, 0, "", ctl_list, NULL},
    {"dump", 0, 0, "", ctl_dump, NULL},
    {"load", 1, 2, " [--merge] FILE|-", ctl_load, NULL},
    {"meters", 0, 1, " [--plain]", NULL, ctl_meters},
    {"complete", 2, 2, " KIND BEGINNING", NULL, ctl_complete}, // for shells
};

enum {
    N_COMMANDS = sizeof commands / sizeof commands[0],
    N_LISTED = N_COMMANDS - 1,
};

static int
say_unknown_command(const char *name)
{
    char names[128] = "";
    for (int i = 0; i < N_LISTED; i++) {
        strcat(names, i > 0 ? ", " : "");
        strcat(names, commands[i].name);
    }
    weir_log(WEIR_LOG_ERROR, "%s%s: %s", name ? "unknown command " : "",
             name ? name : "a command is missing", names);
    return WEIR_EXIT_USAGE;
}

static const struct command *
find_command(const char *name)
{
    for (int i = 0; name && i < N_COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

// Find the mixer, and run the command on it.
static int
run(const struct ctl_wanted *wanted, const struct command *command, int n_words,
    const char *const words[])
{
    static struct ctl_link link;
    struct ctl_found found;
    if (command->live)
        return command->live(wanted, n_words, words);
    int status = ctl_find(wanted, &found);
    if (status != WEIR_EXIT_OK)
        return status;
    status = ctl_link_open(&link, found.url);
    if (status == WEIR_EXIT_OK)
        status = command->run(&link, n_words, words);
    ctl_link_close(&link);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        weir_log(WEIR_LOG_ERROR, "cannot write to stdout: %m");
        return WEIR_EXIT_FAILED;
    }
    return status;
}

static int
run_words(const struct ctl_wanted *wanted, int n_words,
          const char *const words[])
{
    const struct command *command = find_command(words[0]);
    if (wanted->url && wanted->name) {
        weir_log(WEIR_LOG_ERROR, "-n and -t exclude each other");
        return WEIR_EXIT_USAGE;
    }
    if (!command)
        return say_unknown_command(words[0]);
    if (n_words - 1 < command->min_words || n_words - 1 > command->max_words) {
        weir_log(WEIR_LOG_ERROR, "wrong number of words: weirctl %s%s",
                 command->name, command->words);
        return WEIR_EXIT_USAGE;
    }
    return run(wanted, command, n_words - 1, words + 1);
}

enum { OPTION_RUN_DIR = 256 };

static const struct option options[] = {
    {"name", required_argument, NULL, 'n'},
    {"target", required_argument, NULL, 't'},
    {"run-dir", required_argument, NULL, OPTION_RUN_DIR},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

// One option; -1 to go on, else an exit status.
static int
take_option(int option, struct ctl_wanted *wanted)
{
    switch (option) {
    case 'n':
        wanted->name = optarg;
        return -1;
    case 't':
        wanted->url = optarg;
        return -1;
    case OPTION_RUN_DIR:
        wanted->run_dir = optarg;
        return -1;
    case 'q':
    case 'v':
        weir_log_adjust(option == 'q' ? -1 : 1);
        return -1;
    case 'h':
        fputs(help, stdout);
        return WEIR_EXIT_OK;
    case 'V':
        puts("weirctl " WEIR_VERSION);
        return WEIR_EXIT_OK;
    default: // getopt_long() has said what is wrong
        fputs("weirctl: allowed are -n -t --run-dir -q -v -h -V "
              "(see weirctl --help)\n",
              stderr);
        return WEIR_EXIT_USAGE;
    }
}

int
main(int argc, char *argv[])
{
    struct ctl_wanted wanted = {0};
    int option;
    argv[0] = (char[]){"weirctl"}; // for getopt_long()'s messages
    weir_log_init("weirctl", WEIR_LOG_INFO);
    // '+': what follows the command is its own, such as -6.
    while ((option = getopt_long(argc, argv, "+n:t:qvhV", options, NULL)) !=
           -1) {
        const int status = take_option(option, &wanted);
        if (status >= 0)
            return status;
    }
    return run_words(&wanted, argc - optind,
                     (const char *const *)(argv + optind));
}
