import ArgumentParser
import Hinge

/// The `hinge` command.
@main
struct HingeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hinge",
        abstract: "Read, check, convert, run and compare neural-network model files.")
}
