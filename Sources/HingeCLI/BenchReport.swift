import Foundation
import Hinge

/// What `hinge bench` measured.
struct BenchReport {
    var engine = ""
    /// The number of threads that was asked for.
    var threads: Int?
    var openSeconds = 0.0
    var compileSeconds = 0.0
    var firstRunSeconds = 0.0
    /// The time of each run.
    var runSeconds: [Double] = []
    /// The memory of the process before it opened the model.
    var startByteCount: Int?
    var peakByteCount = 0
    var profile: Profile?

    /// The time from opening the file to the first output, without making up inputs.
    var firstOutputSeconds: Double { openSeconds + compileSeconds + firstRunSeconds }

    /// The time that a share of the runs take at most; the mean of the middle two for one half of an even number.
    func percentile(_ share: Double) -> Double {
        let sorted = runSeconds.sorted()
        guard let last = sorted.last else { return 0 }
        let place = share * Double(sorted.count - 1)
        let index = Int(place)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
    }

    func print(_ file: String, top: Int) {
        let rows = [
            ("runs", Format.count(runSeconds.count)),
            ("median", Format.duration(percentile(0.5))),
            ("minimum", Format.duration(percentile(0))),
            ("90th percentile", Format.duration(percentile(0.9))),
            ("compiling", Format.duration(compileSeconds)),
            ("file to first output", Format.duration(firstOutputSeconds)),
            ("peak memory", Format.bytes(peakByteCount)),
        ]
        let used = threads.map { "\($0) thread\($0 == 1 ? "" : "s")" } ?? "a thread for each core"
        Terminal.print("\(file.printable): \(engine) engine, \(used)")
        for (title, value) in rows {
            Terminal.print(
                "  " + title.padding(toLength: 22, withPad: " ", startingAt: 0) + value)
        }
        if let profile { Terminal.print("\n" + ProfileTable(profile, top: top).text) }
    }
}

extension BenchReport: Encodable {
    private enum CodingKeys: CodingKey {
        case engine, threads, runs, times, median, minimum, percentile90, compiling, firstOutput
        case startMemory, peakMemory, steps
    }

    /// Times are in milliseconds, memory in bytes.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(engine, forKey: .engine)
        try container.encodeIfPresent(threads, forKey: .threads)
        try container.encode(runSeconds.count, forKey: .runs)
        try container.encode(runSeconds.map { $0 * 1e3 }, forKey: .times)
        try container.encode(percentile(0.5) * 1e3, forKey: .median)
        try container.encode(percentile(0) * 1e3, forKey: .minimum)
        try container.encode(percentile(0.9) * 1e3, forKey: .percentile90)
        try container.encode(compileSeconds * 1e3, forKey: .compiling)
        try container.encode(firstOutputSeconds * 1e3, forKey: .firstOutput)
        try container.encodeIfPresent(startByteCount, forKey: .startMemory)
        try container.encode(peakByteCount, forKey: .peakMemory)
        if let profile {
            try container.encode(ProfileTable(profile, top: .max).rows, forKey: .steps)
        }
    }
}

/// What the steps of profiled runs take, those that take longest first.
struct ProfileTable {
    /// A step.
    struct Row: Encodable {
        /// What it does; `nil` for what is outside of the steps.
        let step: StepDescription?
        /// How often it runs in one run of the model.
        let count: Double
        /// How long that takes in one run of the model, without the steps inside of it, in milliseconds.
        let milliseconds: Double
        /// The share of the whole run.
        let share: Double
    }

    let rows: [Row]
    private let top: Int

    init(_ profile: Profile, top: Int) {
        let totals = profile.totals()
        let runs = Double(max(1, totals.first { $0.step == nil }?.count ?? 1))
        let all = totals.reduce(0) { $0 + $1.seconds }
        rows = totals.map { total in
            Row(
                step: total.step, count: Double(total.count) / runs,
                milliseconds: total.seconds * 1e3 / runs,
                share: all > 0 ? total.seconds / all : 0)
        }
        self.top = top
    }

    /// A line for each step, and one for those that are left out.
    var text: String {
        var table = Table([
            ("Node", .left), ("Operator", .left), ("Kernel", .left), ("Layout", .left),
            ("Output", .left), ("Runs", .right), ("Time", .right), ("Share", .right),
        ])
        func add(_ names: [String], _ count: Double?, _ milliseconds: Double, _ share: Double) {
            let runs = count.map { $0 == 1 ? "" : Format.number($0) } ?? ""
            table.add(
                names + [
                    runs, Format.duration(milliseconds / 1e3),
                    String(format: "%.1f %%", share * 100),
                ])
        }
        for row in rows.prefix(top) {
            if let step = row.step {
                add(
                    [step.nodeText, step.operatorText, step.kernelText, step.layout]
                        + [step.outputs.first ?? ""], row.count, row.milliseconds, row.share)
            } else {
                add(["(around the steps)", "", "", "", ""], row.count, row.milliseconds, row.share)
            }
        }
        let others = rows.dropFirst(top)
        if !others.isEmpty {
            add(
                ["(\(Format.count(others.count)) others)", "", "", "", ""], nil,
                others.reduce(0) { $0 + $1.milliseconds }, others.reduce(0) { $0 + $1.share })
        }
        return table.text
    }
}

extension StepDescription {
    /// The names of the nodes that the step does.
    var nodeText: String {
        nodes.count > 1 ? "\(nodes[0]) +\(nodes.count - 1)" : nodes.first ?? ""
    }

    /// `Conv+Relu`.
    var operatorText: String {
        operators.count > 6
            ? operators.prefix(5).joined(separator: "+") + "+…" : operators.joined(separator: "+")
    }

    /// What computes it, in words.
    var kernelText: String {
        switch kernel {
        case "own": "own kernel"
        case "plan": "planned when running"
        case "reference", "copy": kernel
        default: "oneDNN \(kernel)"
        }
    }
}

/// Writes what ran when, in Chrome's trace event format.
enum TraceFile {
    /// An event with a beginning and a duration, in microseconds.
    private struct Entry: Encodable {
        let name: String
        let cat: String
        let ph = "X"
        let ts: Double
        let dur: Double
        let pid = 1
        let tid = 1
        let args: StepDescription?
    }

    private struct Trace: Encodable {
        let traceEvents: [Entry]
        let displayTimeUnit = "ms"
    }

    /// - Throws: ``HingeError`` when the file can't be written.
    static func write(_ events: [Profile.Event], to path: String) throws {
        let entries = events.sorted { ($0.start, $1.seconds) < ($1.start, $0.seconds) }.map {
            event in
            Entry(
                name: event.step.map { $0.nodeText.isEmpty ? $0.operatorText : $0.nodeText }
                    ?? "run",
                cat: event.step?.operatorText ?? "run", ts: event.start * 1e6,
                dur: event.seconds * 1e6, args: event.step)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(Trace(traceEvents: entries))
        try data.withUnsafeBytes { try AtomicFile.write([$0], to: path) }
    }
}
