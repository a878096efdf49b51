import ArgumentParser
import Foundation
import Hinge

/// Prints the result of a comparison, and ends with exit status 1 unless it proves that the outputs are equal.
enum ReportOutput {
    static func print(
        _ report: ParityReport, title: String, json: Bool, _ warnings: [WarningLog.Entry]
    ) throws {
        if json {
            try JSONOutput.print(Figures(report, warnings))
        } else {
            print(report, title: title)
        }
        if !report.isEqual { throw ExitCode(1) }
    }

    private static func print(_ report: ParityReport, title: String) {
        let verdict =
            switch report.verdict {
            case .equal: "the outputs are equal"
            case .different: "THE OUTPUTS DIFFER"
            case .nothingCompared: "NOTHING WAS PROVED: no finite number was compared"
            }
        Terminal.print("\(title.printable); \(verdict)")
        let inputs = report.inputs.map { "\($0.name) \($0.type)".printable }
        Terminal.print("  inputs: \(inputs.isEmpty ? "none" : inputs.joined(separator: ", "))")
        var table = Table([
            ("Output", .left), ("Type", .left), ("Max abs", .right), ("Max rel", .right),
            ("Rel L2", .right), ("ULP", .right), ("", .left),
        ])
        for output in report.outputs {
            let figures = output.comparison
            table.add([
                output.name, output.type, Format.error(figures.largestAbsolute),
                Format.error(figures.largestRelative), Format.error(figures.relativeL2),
                Format.count(Int(clamping: figures.largestULP)), figures.isEqual ? "=" : "≠",
            ])
        }
        Terminal.print(table.text)
        for output in report.outputs {
            guard let mismatch = output.comparison.mismatch else { continue }
            Terminal.print("  \(output.name): \(mismatch)".printable)
        }
        for note in report.notes { Terminal.print("  note: \(note)".printable) }
        if let divergence = report.divergence {
            let value = "value '\(divergence.value)' of \(divergence.node)"
            Terminal.print("  first difference: \(value.printable)")
        }
        let (found, expected) = report.seconds
        let times =
            expected > 0 ? "\(Format.time(found)), \(Format.time(expected))" : Format.time(found)
        Terminal.print("  time: \(times)")
    }

    /// All figures of a report.
    private struct Figures: Encodable {
        struct Port: Encodable {
            let name: String
            let type: String
        }

        struct Output: Encodable {
            let name: String
            let expectedName: String
            let type: String
            let isEqual: Bool
            let count: Int
            let comparedCount: Int
            let largestAbsolute: Double
            let largestRelative: Double
            let largestScaled: Double
            let relativeL2: Double
            let largestULP: UInt64
            let worstIndex: Int?
            let nonFiniteMismatches: Int
            let mismatch: String?
        }

        struct FirstDifference: Encodable {
            let value: String
            let node: String
            let relativeL2: Double
        }

        let isEqual: Bool
        let verdict: String
        let notes: [String]
        let warnings: [WarningLog.Entry]
        let inputs: [Port]
        let outputs: [Output]
        let firstDifference: FirstDifference?
        let seconds: Double
        let expectedSeconds: Double

        init(_ report: ParityReport, _ warnings: [WarningLog.Entry]) {
            self.warnings = warnings
            isEqual = report.isEqual
            verdict = report.verdict.rawValue
            notes = report.notes
            inputs = report.inputs.map { Port(name: $0.name, type: $0.type) }
            outputs = report.outputs.map { output in
                let figures = output.comparison
                return Output(
                    name: output.name, expectedName: output.expectedName, type: output.type,
                    isEqual: figures.isEqual, count: figures.count,
                    comparedCount: figures.comparedCount,
                    largestAbsolute: figures.largestAbsolute,
                    largestRelative: figures.largestRelative,
                    largestScaled: figures.largestScaled, relativeL2: figures.relativeL2,
                    largestULP: figures.largestULP, worstIndex: figures.worstIndex,
                    nonFiniteMismatches: figures.nonFiniteMismatches, mismatch: figures.mismatch)
            }
            firstDifference = report.divergence.map {
                FirstDifference(
                    value: $0.value, node: $0.node.description,
                    relativeL2: $0.comparison.relativeL2)
            }
            seconds = report.seconds.found
            expectedSeconds = report.seconds.expected
        }
    }
}
