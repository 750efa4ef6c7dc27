# Completion of @PROGRAMS@ for PowerShell 5.1 or newer. Where nothing is known to fit, file names are offered.
Register-ArgumentCompleter -Native -CommandName @PROGRAMS@ -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @('pwsh', @CACHE@, @SOURCE@)
    foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.EndOffset -lt $cursorPosition) {
            if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $words += $element.Value
            } else {
                $words += $element.Extent.Text
            }
        }
    }
    $words += [string]$wordToComplete
    # One word of plain letters: some versions lose empty words and quotes on the way to a program.
    $request = [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($words -join [char]0))
    $answer = & @PYTHON@ -I -S @COMPLETE@ '--base64' $request 2>$null
    if ($answer) {
        $found = ConvertFrom-Json -InputObject ($answer -join '')
        foreach ($each in $found) {
            [System.Management.Automation.CompletionResult]::new($each.text, $each.text, 'ParameterValue', $each.help)
        }
    }
}
