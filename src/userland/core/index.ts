/** The small programs of a host: files, text, processes. What a Debian has in coreutils, findutils, grep and procps. */
import type { Program } from '../../host/index.ts'
import { program as cat } from './cat.ts'
import { cpProgram, mvProgram } from './copy.ts'
import { program as date } from './date.ts'
import { program as echo } from './echo.ts'
import { chmodProgram, lnProgram, mkdirProgram, mkfifoProgram, touchProgram } from './files.ts'
import { program as find } from './find/index.ts'
import { program as grep } from './grep/index.ts'
import { program as head } from './head.ts'
import { envProgram, groupsProgram, idProgram, printenvProgram } from './identity.ts'
import { program as kill } from './kill.ts'
import { program as ls } from './ls/index.ts'
import { program as printf } from './printf.ts'
import { program as ps } from './ps/index.ts'
import { rmdirProgram, rmProgram } from './remove.ts'
import {
  basenameProgram,
  clearProgram,
  dirnameProgram,
  falseProgram,
  pwdProgram,
  readlinkProgram,
  trueProgram,
  ttyProgram,
  unameProgram,
  whoamiProgram,
  yesProgram,
} from './simple.ts'
import { program as sleep } from './sleep.ts'
import { program as sort } from './sort.ts'
import { program as stat } from './stat.ts'
import { program as stty } from './stty.ts'
import { program as tail } from './tail.ts'
import { program as test } from './test.ts'
import { cutProgram, revProgram, seqProgram, teeProgram, uniqProgram } from './text.ts'
import { program as tr } from './tr.ts'
import { program as uptime } from './uptime.ts'
import { program as wc } from './wc.ts'
import { program as which } from './which.ts'
import { nohupProgram, timeoutProgram, timeProgram } from './wrappers.ts'
import { xargsProgram } from './xargs.ts'

export const CORE_PROGRAMS: readonly Program[] = [
  basenameProgram,
  cat,
  chmodProgram,
  clearProgram,
  cpProgram,
  cutProgram,
  date,
  dirnameProgram,
  echo,
  envProgram,
  falseProgram,
  find,
  grep,
  groupsProgram,
  head,
  idProgram,
  kill,
  lnProgram,
  ls,
  mkdirProgram,
  mkfifoProgram,
  mvProgram,
  nohupProgram,
  printenvProgram,
  printf,
  ps,
  pwdProgram,
  readlinkProgram,
  revProgram,
  rmdirProgram,
  rmProgram,
  seqProgram,
  sleep,
  sort,
  stat,
  stty,
  tail,
  teeProgram,
  test,
  timeoutProgram,
  timeProgram,
  touchProgram,
  tr,
  trueProgram,
  ttyProgram,
  unameProgram,
  uniqProgram,
  uptime,
  wc,
  which,
  whoamiProgram,
  xargsProgram,
  yesProgram,
]
