import ArgumentParser
import Foundation
import Hinge

/// `hinge inspect`: what a model file holds.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a model file holds.",
        discussion: """
            Shows the format and version, the inputs and outputs, the nodes with their output shapes and
            parameter counts, and the totals. Multiply-accumulates are those of one item: a dimension of
            unknown extent counts as 1. --plan adds what a session makes of the model: its steps in order, what \
            computes each, and how and in how much memory its outputs stand. Nothing is run.

            Examples:
              hinge inspect model.onnx
              hinge inspect model.onnx --plan --shape tokens=1,128
              hinge inspect model.keras --weights
              hinge inspect model.onnx --json | jq .parameters
            """)

    @Argument(help: "The model file.", completion: .file())
    var file: String

    @Flag(help: "List the weights with their range, mean, zeros and elements that are not finite.")
    var weights = false

    @Flag(help: "List the steps of the compiled model.")
    var plan = false

    @Option(
        name: .customLong("shape"),
        help: ArgumentHelp(
            "The shape of an input for --plan, where the model leaves it open.",
            valueName: "name=2,3,4"))
    var shapes: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var numbers: PrecisionOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !shapes.isEmpty, !plan { throw ValidationError("--shape needs --plan.") }
    }

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        progress.update("Reading \(file)")
        let model = try common.model(file)
        let format = try withContext(.file(file)) {
            try ModelFormats.standard.format(
                of: ModelSource(path: file), options: common.readOptions)
        }
        let summary = ModelSummary(model, format: format)
        var statistics: [TensorStatistics]?
        if weights || model.isWeightsOnly {
            progress.update("Examining the weights")
            statistics = ModelSummary.weights(of: model.graph).map { weight in
                TensorStatistics(weight.tensor, name: weight.name)
            }
        }
        var planned: PlanDescription?
        if plan {
            progress.update("Compiling \(file)")
            planned = try withContext(.file(file)) { try self.planned(model) }
        }
        progress.finish()
        if json {
            try JSONOutput.print(Report(summary: summary, weights: statistics, plan: planned))
        } else {
            print(summary)
            if let statistics { print(statistics) }
            if let planned { print(planned) }
        }
    }

    private func planned(_ model: Model) throws -> PlanDescription {
        try model.requireGraph()
        let inputs = try InputGenerator(shapes: ShapeArguments.parse(shapes)).inputs(for: model)
        let options = Session.Options(precision: numbers.precision)
        return try Session(model, options: options).plan(for: inputs)
    }

    private struct Report: Encodable {
        let summary: ModelSummary
        let weights: [TensorStatistics]?
        let plan: PlanDescription?

        enum CodingKeys: CodingKey {
            case weights, plan
        }

        func encode(to encoder: any Encoder) throws {
            try summary.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(weights, forKey: .weights)
            try container.encodeIfPresent(plan, forKey: .plan)
        }
    }

    private func print(_ summary: ModelSummary) {
        let format = [summary.format, summary.version].filter { !$0.isEmpty }
        Terminal.print("\(file.printable): \(format.joined(separator: ", ").printable)")
        if !summary.producer.isEmpty {
            Terminal.print("written by \(summary.producer.printable)")
        }
        for (title, ports) in [("Inputs", summary.inputs), ("Outputs", summary.outputs)]
        where !ports.isEmpty || !summary.rows.isEmpty {
            Terminal.print("\n\(title)")
            for port in ports {
                Terminal.print("  \(port.name.printable): \(port.type.printable)")
            }
        }
        if !summary.rows.isEmpty {
            var table = Table([
                ("Node", .left), ("Operator", .left), ("Output", .left), ("Parameters", .right),
                ("MACs", .right),
            ])
            for row in summary.rows {
                table.add([
                    row.name, row.type, row.outputs.joined(separator: ", "),
                    row.parameters == 0 ? "" : Format.count(row.parameters),
                    row.multiplyAccumulates == 0 ? "" : Format.count(row.multiplyAccumulates),
                ])
            }
            Terminal.print("\n" + table.text)
        }
        Terminal.print("\nTotals")
        Terminal.print("  parameters            \(Format.count(summary.parameters))")
        Terminal.print("  weights               \(Format.bytes(summary.bytes))")
        Terminal.print("  multiply-accumulates  \(Format.count(summary.multiplyAccumulates))")
        let operators = summary.histogram.sorted {
            ($1.value, $0.key) < ($0.value, $1.key)
        }
        if !operators.isEmpty {
            let list = operators.map { "\($0.key) ×\($0.value)" }.joined(separator: ", ")
            Terminal.print("  operators             \(list.printable)")
        }
    }

    private func print(_ plan: PlanDescription) {
        var table = Table([
            ("Step", .right), ("Node", .left), ("Operator", .left), ("Kernel", .left),
            ("Layout", .left), ("Output", .left), ("Memory", .right),
        ])
        for (index, step) in plan.steps.enumerated() {
            table.add([
                "\(index + 1)", step.nodeText, step.operatorText, step.kernelText, step.layout,
                step.outputs.joined(separator: ", "),
                step.byteCount == 0 ? "" : Format.bytes(step.byteCount),
            ])
        }
        Terminal.print("\nPlan\n" + table.text)
        Terminal.print("\n  intermediate values   \(Format.bytes(plan.arenaByteCount))")
        Terminal.print("  scratch memory        \(Format.bytes(plan.scratchByteCount))")
        Terminal.print("  weights of oneDNN     \(Format.bytes(plan.weightByteCount))")
    }

    private func print(_ weights: [TensorStatistics]) {
        var table = Table([
            ("Weight", .left), ("Type", .left), ("Min", .right), ("Max", .right), ("Mean", .right),
            ("Zeros", .right), ("Not finite", .right),
        ])
        for weight in weights {
            table.add([
                weight.name, weight.type, Format.number(weight.min), Format.number(weight.max),
                Format.number(weight.mean), Format.count(weight.zeroCount),
                Format.count(weight.nonFiniteCount),
            ])
        }
        Terminal.print("\n" + table.text)
    }
}
