import ArgumentParser
import Foundation
import Hinge

/// Prints the result of a comparison, and ends with exit status 1 when it found a difference.
enum ReportOutput {
    static func print(_ report: ParityReport, title: String, json: Bool) throws {
        if json {
            try JSONOutput.print(Figures(report))
        } else {
            print(report, title: title)
        }
        if !report.isEqual { throw ExitCode(1) }
    }

    private static func print(_ report: ParityReport, title: String) {
        Swift.print("\(title); \(report.isEqual ? "the outputs are equal" : "THE OUTPUTS DIFFER")")
        let inputs = report.inputs.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
        Swift.print("  inputs: \(inputs)")
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
        Swift.print(table.text)
        for output in report.outputs where !output.comparison.isEqual {
            if let mismatch = output.comparison.mismatch {
                Swift.print("  \(output.name): \(mismatch)")
            }
            if output.comparison.nonFiniteMismatches > 0 {
                let count = Format.count(output.comparison.nonFiniteMismatches)
                Swift.print(
                    "  \(output.name): \(count) elements are NaN or infinite in one model only")
            }
        }
        if let divergence = report.divergence {
            Swift.print("  first difference: value '\(divergence.value)' of \(divergence.node)")
        }
        let (found, expected) = report.seconds
        let times =
            expected > 0 ? "\(Format.time(found)), \(Format.time(expected))" : Format.time(found)
        Swift.print("  time: \(times)")
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
            let largestAbsolute: Double
            let largestRelative: Double
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
        let inputs: [Port]
        let outputs: [Output]
        let firstDifference: FirstDifference?
        let seconds: Double
        let expectedSeconds: Double

        init(_ report: ParityReport) {
            isEqual = report.isEqual
            inputs = report.inputs.map { Port(name: $0.name, type: $0.type) }
            outputs = report.outputs.map { output in
                let figures = output.comparison
                return Output(
                    name: output.name, expectedName: output.expectedName, type: output.type,
                    isEqual: figures.isEqual, count: figures.count,
                    largestAbsolute: figures.largestAbsolute,
                    largestRelative: figures.largestRelative, relativeL2: figures.relativeL2,
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
