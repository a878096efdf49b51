import ArgumentParser
import Foundation
import Hinge

/// Prints what came of a conversion, and ends with exit status 1 unless it is proved.
enum OutcomeOutput {
    static func print(
        _ outcome: Conversion.Outcome, _ output: String, keepFailed: Bool, json: Bool,
        _ warnings: [WarningLog.Entry]
    ) throws {
        if try OutputPlace(output).isStandardOutput { StandardStreams.printToStandardError() }
        switch outcome {
        case .proved(let report):
            try ReportOutput.print(report, title: "\(output) written", json: json, warnings)
        case .failed(let report):
            try ReportOutput.print(
                report, title: "\(output) \(keepFailed ? "written" : "not written")", json: json,
                warnings)
        case .nothingCompared(let report):
            try ReportOutput.print(report, title: "\(output) written", json: json, warnings)
        case .notProved(let reason):
            let text = "hinge: \(output) written, NOT PROVED: \(reason)"
            StandardError.print(text.printable)
            if json { try JSONOutput.print(Unproved(reason: "\(reason)", warnings: warnings)) }
            // What Hinge has no operator for is no fault of the file's.
            if reason.code != .unsupported { throw ExitCode(1) }
        case .identicalWeights(let count):
            if json {
                try JSONOutput.print(Weights(isEqual: true, count: count, warnings: warnings))
            } else {
                Terminal.print(
                    "\(output.printable) written; "
                        + "its \(count) weights are those of the model, bit by bit")
            }
        case .notVerified:
            if json {
                try JSONOutput.print(
                    Unproved(reason: "nobody asked for a proof", warnings: warnings))
            } else {
                Terminal.print("\(output.printable) written, not verified")
            }
        }
    }

    /// What `--json` prints when the models were not, or could not be, run.
    private struct Unproved: Encodable {
        let isProved = false
        let reason: String
        let warnings: [WarningLog.Entry]
    }

    /// What `--json` prints of a file of weights.
    private struct Weights: Encodable {
        let isEqual: Bool
        let count: Int
        let warnings: [WarningLog.Entry]
    }
}
