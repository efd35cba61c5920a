<#
.SYNOPSIS
  Collects the configuration and the software inventory of this Windows host into one JSON file (sekisho.windows-collector/1).
.DESCRIPTION
  Windows PowerShell 5.1 or later, Windows 10 / Server 2016 or later. Reads only; sends nothing; keeps no password, key or product key.
  Run elevated for full coverage: what could not be read is null, and named in "errors".
.PARAMETER Out
  File to write (UTF-8). Without it the JSON goes to standard output.
.PARAMETER PendingUpdates
  Also asks Windows Update what is offered and not installed (takes a minute, and needs its update server).
.EXAMPLE
  powershell -NoProfile -ExecutionPolicy Bypass -File collect-windows.ps1 -Out host.json
#>
[CmdletBinding()]
param([string]$Out = '', [switch]$PendingUpdates)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$errors = New-Object System.Collections.ArrayList
$utc = { param($t) if ($null -eq $t) { $null } else { ([datetime]$t).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ') } }

$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$privileged = (New-Object Security.Principal.WindowsPrincipal $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)

# Runs one section; on failure its value is null and the kind of failure (never the message, which may hold names) goes to "errors".
function Read-Section([string]$Name, [scriptblock]$Body) {
  try { return (& $Body) }
  catch [System.Management.Automation.CommandNotFoundException] { $reason = 'missing' }
  catch [System.UnauthorizedAccessException] { $reason = 'denied' }
  catch [System.Security.SecurityException] { $reason = 'denied' }
  catch { $reason = if ($privileged) { 'failed' } else { 'denied' } }
  [void]$errors.Add([ordered]@{ section = $Name; reason = $reason })
  return $null
}

# A registry value, or null when key or value does not exist.
function Get-Value([string]$Path, [string]$Name) {
  try { $item = Get-ItemProperty -LiteralPath $Path -Name $Name -ErrorAction Stop; return $item.$Name }
  catch [System.Management.Automation.ItemNotFoundException] { return $null }
  catch [System.Management.Automation.PSArgumentException] { return $null }
}
function Get-Flag([string]$Path, [string]$Name, $Default) {
  $value = Get-Value $Path $Name
  if ($null -eq $value) { return $Default }
  return [bool]([int]$value)
}
function Get-Number([string]$Path, [string]$Name, $Default) {
  $value = Get-Value $Path $Name
  if ($null -eq $value) { return $Default }
  return [int]$value
}
# An optional member of an object, or null: strict mode forbids asking for one that is not there.
function Get-Member2($Object, [string]$Name) {
  $member = $Object.PSObject.Properties[$Name]
  if ($null -eq $member) { return $null }
  return $member.Value
}

$lsa = 'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa'
$policies = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
$terminal = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server'
$terminalPolicy = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services'
$winlogon = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon'
$result = [ordered]@{
  schema = 'sekisho.windows-collector/1'
  collector_version = '1'
  collected_at = (Get-Date).ToString('yyyy-MM-ddTHH:mm:sszzz')
  privileged = [bool]$privileged
}

$system = Get-CimInstance Win32_OperatingSystem
$computer = Get-CimInstance Win32_ComputerSystem
$current = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$guid = Get-Value 'HKLM:\SOFTWARE\Microsoft\Cryptography' 'MachineGuid'
$machine = ''
if ($guid) {
  $sha = [Security.Cryptography.SHA256]::Create()
  $bytes = [Text.Encoding]::UTF8.GetBytes("sekisho.machine/1" + [char]0 + ([string]$guid).Trim().ToLowerInvariant())
  $machine = ([BitConverter]::ToString($sha.ComputeHash($bytes)) -replace '-', '').ToLowerInvariant()
}
$result.os = [ordered]@{
  hostname = [string]$computer.Name
  caption = ([string]$system.Caption).Trim()
  version = [string]$system.Version
  build = [string]$system.BuildNumber
  revision = Get-Number $current 'UBR' $null
  edition = [string](Get-Value $current 'EditionID')
  architecture = [string]$env:PROCESSOR_ARCHITECTURE
  install_date = & $utc $system.InstallDate
  last_boot = & $utc $system.LastBootUpTime
  product_type = [int]$system.ProductType
  domain_joined = [bool]$computer.PartOfDomain
  domain = [string]$computer.Domain
  time_zone = [string](Get-TimeZone).Id
  language = [string](Get-Culture).Name
  machine = $machine
}

$result.programs = Read-Section 'programs' {
  $keys = @(
    @{ path = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'; scope = 'machine'; arch = $(if ([Environment]::Is64BitOperatingSystem) { 'x64' } else { 'x86' }) },
    @{ path = 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall'; scope = 'machine'; arch = 'x86' },
    @{ path = 'HKCU:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'; scope = 'user'; arch = $null }
  )
  $rows = foreach ($key in $keys) {
    if (-not (Test-Path -LiteralPath $key.path)) { continue }
    foreach ($child in Get-ChildItem -LiteralPath $key.path) {
      $name = [string]$child.GetValue('DisplayName')
      if (-not $name) { continue }
      $date = [string]$child.GetValue('InstallDate')
      if ($date -match '^(\d{4})(\d{2})(\d{2})$') { $date = '{0}-{1}-{2}' -f $Matches[1], $Matches[2], $Matches[3] } else { $date = $null }
      [ordered]@{
        name = $name; version = [string]$child.GetValue('DisplayVersion'); publisher = [string]$child.GetValue('Publisher')
        install_date = $date; scope = $key.scope; architecture = $key.arch; key = $child.PSChildName
        system_component = ([string]$child.GetValue('SystemComponent') -eq '1')
      }
    }
  }
  , @($rows)
}

$result.hotfixes = Read-Section 'hotfixes' {
  , @(Get-CimInstance Win32_QuickFixEngineering | ForEach-Object {
    $day = $null
    if ($_.InstalledOn) { $day = ([datetime]$_.InstalledOn).ToString('yyyy-MM-dd') }
    [ordered]@{ id = [string]$_.HotFixID; description = [string]$_.Description; installed_on = $day }
  })
}

$result.pending_updates = $null
if ($PendingUpdates) {
  $result.pending_updates = Read-Section 'pending_updates' {
    $searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
    , @($searcher.Search('IsInstalled=0 and IsHidden=0').Updates | ForEach-Object {
      $security = @($_.Categories | Where-Object { $_.CategoryID -eq '0fa1201d-4330-4fa8-8ae9-b877473b6441' }).Count -gt 0
      [ordered]@{
        title = [string]$_.Title; kb = @($_.KBArticleIDs | ForEach-Object { "KB$_" }); security = $security
        severity = [string]$_.MsrcSeverity; released = ([datetime]$_.LastDeploymentChangeTime).ToString('yyyy-MM-dd')
      }
    })
  }
}

$result.users = Read-Section 'users' {
  , @(Get-LocalUser | ForEach-Object {
    [ordered]@{
      name = $_.Name; sid = $_.SID.Value; enabled = [bool]$_.Enabled; password_required = [bool]$_.PasswordRequired
      password_last_set = & $utc $_.PasswordLastSet; password_never_expires = ($null -eq $_.PasswordExpires); last_logon = & $utc $_.LastLogon
    }
  })
}
$result.groups = Read-Section 'groups' {
  , @(Get-LocalGroup | ForEach-Object {
    $group = $_
    $members = @()
    try { $members = @(Get-LocalGroupMember -SID $group.SID | ForEach-Object { [ordered]@{ name = $_.Name; sid = $_.SID.Value; kind = [string]$_.ObjectClass } }) }
    catch { [void]$errors.Add([ordered]@{ section = "groups.$($group.SID.Value)"; reason = 'failed' }) }
    [ordered]@{ name = $group.Name; sid = $group.SID.Value; members = $members }
  })
}

$result.password_policy = Read-Section 'password_policy' {
  $file = [IO.Path]::GetTempFileName()
  try {
    $null = & "$env:SystemRoot\System32\secedit.exe" /export /cfg $file /areas SECURITYPOLICY /quiet
    if ($LASTEXITCODE -ne 0) { throw 'secedit' }
    $values = @{}
    foreach ($line in Get-Content -LiteralPath $file) { if ($line -match '^\s*(\w+)\s*=\s*(-?\d+)\s*$') { $values[$Matches[1]] = [int]$Matches[2] } }
  }
  finally { Remove-Item -LiteralPath $file -Force -ErrorAction SilentlyContinue }
  if ($values.Count -eq 0) { throw 'secedit' }
  [ordered]@{
    minimum_length = $values['MinimumPasswordLength']; complexity = [bool]$values['PasswordComplexity']
    maximum_age_days = $values['MaximumPasswordAge']; minimum_age_days = $values['MinimumPasswordAge']; history = $values['PasswordHistorySize']
    reversible_encryption = [bool]$values['ClearTextPassword']; lockout_threshold = $values['LockoutBadCount']
    lockout_duration_minutes = $values['LockoutDuration']; lockout_window_minutes = $values['ResetLockoutCount']
  }
}

$result.services = Read-Section 'services' {
  , @(Get-CimInstance Win32_Service | ForEach-Object {
    [ordered]@{ name = $_.Name; display_name = $_.DisplayName; state = $_.State; start_mode = $_.StartMode; account = $_.StartName }
  })
}
$result.firewall = Read-Section 'firewall' {
  , @(Get-NetFirewallProfile -PolicyStore ActiveStore | ForEach-Object {
    [ordered]@{ profile = [string]$_.Name; enabled = ([string]$_.Enabled -eq 'True'); inbound = [string]$_.DefaultInboundAction; log_blocked = ([string]$_.LogBlocked -eq 'True') }
  })
}
$result.listening = Read-Section 'listening' {
  $names = @{}
  foreach ($process in Get-Process) { $names[[int]$process.Id] = $process.ProcessName }
  $tcp = Get-NetTCPConnection -State Listen | ForEach-Object { [ordered]@{ protocol = 'tcp'; address = $_.LocalAddress; port = [int]$_.LocalPort; process = $names[[int]$_.OwningProcess] } }
  $udp = Get-NetUDPEndpoint | ForEach-Object { [ordered]@{ protocol = 'udp'; address = $_.LocalAddress; port = [int]$_.LocalPort; process = $names[[int]$_.OwningProcess] } }
  , @(@($tcp) + @($udp) | Where-Object { $null -ne $_ })
}
$result.smb = Read-Section 'smb' {
  $server = Get-SmbServerConfiguration
  [ordered]@{
    smb1_enabled = [bool]$server.EnableSMB1Protocol; signing_required = [bool]$server.RequireSecuritySignature
    guest_access = Get-Flag 'HKLM:\SYSTEM\CurrentControlSet\Services\LanmanWorkstation\Parameters' 'AllowInsecureGuestAuth' $false
  }
}
$result.rdp = Read-Section 'rdp' {
  $tcp = "$terminal\WinStations\RDP-Tcp"
  $nla = Get-Value $terminalPolicy 'UserAuthentication'
  if ($null -eq $nla) { $nla = Get-Value $tcp 'UserAuthentication' }
  $idle = Get-Number $terminalPolicy 'MaxIdleTime' 0
  [ordered]@{ enabled = -not (Get-Flag $terminal 'fDenyTSConnections' $true); nla = [bool]$nla; minimum_encryption = Get-Number $tcp 'MinEncryptionLevel' $null; idle_limit_seconds = [int]($idle / 1000) }
}
$result.uac = Read-Section 'uac' {
  [ordered]@{
    enabled = Get-Flag $policies 'EnableLUA' $true; consent_prompt_admin = Get-Number $policies 'ConsentPromptBehaviorAdmin' 5
    secure_desktop = Get-Flag $policies 'PromptOnSecureDesktop' $true; filter_admin_token = Get-Flag $policies 'FilterAdministratorToken' $false
  }
}
$result.lsa = Read-Section 'lsa' {
  [ordered]@{
    protected_process = ((Get-Number $lsa 'RunAsPPL' 0) -gt 0); lm_compatibility = Get-Number $lsa 'LmCompatibilityLevel' 3
    wdigest_plaintext = Get-Flag 'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\WDigest' 'UseLogonCredential' $false
    restrict_anonymous = Get-Number $lsa 'RestrictAnonymous' 0
  }
}
$result.screen_lock = Read-Section 'screen_lock' {
  $desktop = 'HKCU:\SOFTWARE\Policies\Microsoft\Windows\Control Panel\Desktop'
  if (-not (Get-Value $desktop 'ScreenSaveTimeOut')) { $desktop = 'HKCU:\Control Panel\Desktop' }
  [ordered]@{
    inactivity_seconds = Get-Number $policies 'InactivityTimeoutSecs' 0; screensaver_active = Get-Flag $desktop 'ScreenSaveActive' $false
    screensaver_secure = Get-Flag $desktop 'ScreenSaverIsSecure' $false; screensaver_timeout = Get-Number $desktop 'ScreenSaveTimeOut' 0
  }
}
$result.clock = Read-Section 'clock' {
  $parameters = 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'
  $running = (Get-Service W32Time).Status -eq 'Running'
  $type = [string](Get-Value $parameters 'Type')
  $servers = @(([string](Get-Value $parameters 'NtpServer')) -split '\s+' | Where-Object { $_ } | ForEach-Object { ($_ -split ',')[0] })
  if ($type -eq 'NT5DS' -or $type -eq 'NoSync') { $servers = @() }
  $source = $null; $offset = $null; $stratum = $null; $leap = $null
  if ($running) {
    # Labels depend on the language: the order of the lines does not. First line: leap indicator; second: stratum; last two: see below.
    $lines = @(& "$env:SystemRoot\System32\w32tm.exe" /query /status /verbose 2>$null)
    if ($LASTEXITCODE -eq 0 -and $lines.Count -ge 8) {
      if ($lines[0] -match ':\s*(\d)') { $leap = [int]$Matches[1] }
      if ($lines[1] -match ':\s*(\d+)') { $stratum = [int]$Matches[1] }
      $source = ([string](& "$env:SystemRoot\System32\w32tm.exe" /query /source 2>$null | Select-Object -First 1)).Trim()
      $seconds = @($lines | Where-Object { $_ -match ':\s*(-?\d+\.\d+)s\s*$' })
      # Root delay, root dispersion, phase offset: the third figure in seconds.
      if ($seconds.Count -ge 3 -and $seconds[2] -match ':\s*(-?\d+\.\d+)s\s*$') { $offset = [double]::Parse($Matches[1], [Globalization.CultureInfo]::InvariantCulture) }
    }
  }
  $good = $null
  if ($null -ne $leap -and $null -ne $stratum) { $good = ($leap -ne 3 -and $stratum -ge 1 -and $stratum -le 15 -and $source -notmatch 'Local CMOS Clock|Free-running') }
  elseif (-not $running) { $good = $false }
  [ordered]@{ service_running = [bool]$running; type = $type; servers = @($servers); source = $source; stratum = $stratum; offset_seconds = $offset; last_sync = $null; synchronised = $good }
}
$result.bitlocker = Read-Section 'bitlocker' {
  , @(Get-BitLockerVolume | ForEach-Object {
    [ordered]@{ mount = [string]$_.MountPoint; protection = ([string]$_.ProtectionStatus -eq 'On'); encrypted_percent = [double]$_.EncryptionPercentage }
  })
}
$result.defender = Read-Section 'defender' {
  $status = Get-MpComputerStatus
  [ordered]@{
    antivirus_enabled = [bool]$status.AntivirusEnabled; realtime_enabled = [bool]$status.RealTimeProtectionEnabled
    tamper_protected = [bool](Get-Member2 $status 'IsTamperProtected'); signature_age_days = [int]$status.AntivirusSignatureAge
  }
}
$result.audit_policy = Read-Section 'audit_policy' {
  $file = [IO.Path]::GetTempFileName()
  try {
    $null = & "$env:SystemRoot\System32\auditpol.exe" /backup "/file:$file"
    if ($LASTEXITCODE -ne 0) { throw [System.UnauthorizedAccessException]'auditpol' }
    # Machine,Target,Subcategory,GUID,Inclusion text,Exclusion text,Value: the last column is a bit mask in every language.
    $rows = foreach ($line in Get-Content -LiteralPath $file) {
      if ($line -match '(\{[0-9A-Fa-f-]{36}\}).*,(\d+)\s*$') { [ordered]@{ guid = $Matches[1]; success = [bool]([int]$Matches[2] -band 1); failure = [bool]([int]$Matches[2] -band 2) } }
    }
  }
  finally { Remove-Item -LiteralPath $file -Force -ErrorAction SilentlyContinue }
  , @($rows)
}
$result.autologon = Read-Section 'autologon' {
  [ordered]@{ enabled = ([string](Get-Value $winlogon 'AutoAdminLogon') -eq '1'); password_stored = ($null -ne (Get-Value $winlogon 'DefaultPassword')) }
}
$result.powershell = Read-Section 'powershell' {
  $v2 = $null
  if ($privileged) {
    $feature = Get-WindowsOptionalFeature -Online -FeatureName MicrosoftWindowsPowerShellV2Root -ErrorAction SilentlyContinue
    $v2 = ($null -ne $feature) -and ([string]$feature.State -eq 'Enabled')
  }
  [ordered]@{
    v2_enabled = $v2; script_block_logging = Get-Flag 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\PowerShell\ScriptBlockLogging' 'EnableScriptBlockLogging' $false
    execution_policy = [string](Get-ExecutionPolicy -Scope LocalMachine)
  }
}

$result.errors = @($errors.ToArray())
$json = $result | ConvertTo-Json -Depth 6
if ($Out) { [IO.File]::WriteAllText($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out), $json, (New-Object Text.UTF8Encoding $false)) }
else { $json }
