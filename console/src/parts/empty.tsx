import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

interface EmptyFacts {
  icon: IconName;
  title: string;
  /** Whether there is nothing else on the page. */
  whole?: boolean;
  children?: ReactNode;
}

/** What is shown where there is nothing: why, and what to do. */
export function Empty({ icon, title, whole = false, children }: EmptyFacts) {
  const Heading = whole ? "h1" : "h2";
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
