import ArgumentParser
import Foundation
import Hinge

/// `hinge demo`: a trained Keras model read, run, converted to ONNX and back, with the proof of each step.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read, run and convert a trained Keras model, and prove each step.",
        discussion: """
            Reads a network that Keras trained on scans of handwritten digits, runs it on 360 test images, converts
            it to ONNX and back to Keras in a temporary folder, and compares each file's outputs with the
            ones that Keras recorded. Exit status 1 says that a step is not within tolerance.

            Examples:
              hinge demo
              hinge demo --fixtures path/to/Fixtures/digits
            """)

    @Option(help: "The folder with digits.h5 and digits.npz.", completion: .directory)
    var fixtures: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
        let folder = try fixtures ?? Demo.findFixtures()
        let source = "\(folder)/digits.h5"
        let recorded = try ValueFile.tensors(path: "\(folder)/digits.npz")
        guard let images = recorded["in_0"],
            let labels = recorded["labels"].flatMap({ try? $0.integers() }),
            let expected = recorded["out_0"], images.rank == 4, images.shape[0] > 0
        else {
            throw HingeError(
                .badData, "expected in_0, out_0 and labels", at: [.file("\(folder)/digits.npz")])
        }
        let model = try Model(contentsOfFile: source)
        guard let input = model.graph.requiredInputs.first?.name,
            let output = model.graph.outputs.first?.name
        else {
            throw HingeError(.badData, "the model has no input or output", at: [.file(source)])
        }
        let session = try Session(model)
        guard let scores = try session.run([input: .tensor(images)])[output]?.tensor else { return }
        let classes = try Demo.classes(scores)

        Terminal.print(
            "A convolutional network, trained in Keras, on scans of handwritten digits:\n")
        Terminal.print(try DigitDrawing.draw(images, classes: classes, labels: labels))
        let hits = zip(classes, labels).filter { $0 == $1 }.count
        let share = 100 * Double(hits) / Double(labels.count)
        Terminal.print(
            "\n\(hits) of \(labels.count) test images recognized "
                + "(\(String(format: "%.2f", share)) %)\n")
        try prove(source, images, expected)
    }

    /// Converts step by step, and compares each file's outputs with those that Keras recorded.
    private func prove(_ source: String, _ images: Tensor, _ expected: Tensor) throws {
        let folder = FileManager.default.temporaryDirectory.path
        try AtomicFile.withScratch(besidePath: "\(folder)/digits.onnx") { onnx in
            try AtomicFile.withScratch(besidePath: "\(folder)/digits.keras") { keras in
                try prove(source, images, expected, onnx: onnx, keras: keras)
            }
        }
    }

    private func prove(
        _ source: String, _ images: Tensor, _ expected: Tensor, onnx: String, keras: String
    ) throws {
        var table = Table([
            ("Step", .left), ("Inputs", .right), ("Max abs", .right), ("Rel L2", .right),
            ("Time", .right), ("", .left),
        ])
        var isEqual = true
        let recording = Recording(["in_0": images, "out_0": expected])
        let clock = ContinuousClock()
        for (title, input, output, format) in [
            ("digits.h5 read and run", source, String?.none, ""),
            ("digits.h5 → digits.onnx", source, onnx, "onnx"),
            ("digits.onnx → digits.keras", onnx, keras, "keras"),
        ] {
            let start = clock.now
            if let output {
                try Model(contentsOfFile: input).write(toFile: output, format: format)
            }
            let written = try Model(contentsOfFile: output ?? input)
            let report = try ModelComparison().compare(written, with: recording)
            let seconds = clock.now - start
            table.add([
                title, Format.count(images.shape[0]), Format.error(report.largestAbsolute),
                Format.error(report.relativeL2), Format.time(seconds.seconds),
                report.isEqual ? "proved" : "DIFFERS",
            ])
            isEqual = isEqual && report.isEqual
        }
        Terminal.print("Each file, run on all images, against the outputs that Keras recorded:\n")
        Terminal.print(table.text)
        if !isEqual { throw ExitCode(1) }
    }

    /// The likeliest class of each row.
    private static func classes(_ scores: Tensor) throws -> [Int] {
        let elements = try scores.doubles()
        let count = scores.shape.last ?? 1
        return stride(from: 0, to: elements.count, by: max(count, 1)).map { start in
            (0..<count).max { elements[start + $0] < elements[start + $1] } ?? 0
        }
    }

    /// The folder `Fixtures/digits` of this folder, of one around it, or of one around the program.
    private static func findFixtures() throws -> String {
        var starts = [FileManager.default.currentDirectoryPath]
        if let program = Bundle.main.executablePath { starts.append(program) }
        for start in starts {
            var folder = URL(fileURLWithPath: start).standardizedFileURL
            while folder.path != "/" {
                let candidate = folder.appendingPathComponent("Fixtures/digits").path
                if FileManager.default.fileExists(atPath: "\(candidate)/digits.h5") {
                    return candidate
                }
                folder.deleteLastPathComponent()
            }
        }
        throw HingeError(
            .noInput, "cannot find Fixtures/digits; run this in Hinge's folder or give --fixtures")
    }
}
